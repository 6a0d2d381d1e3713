#include <string>
#include <vector>

#include "services/cli/command.h"

int main(int argc, char** argv) {
  return duban::cli::Run(std::vector<std::string>(argv + 1, argv + argc));
}
