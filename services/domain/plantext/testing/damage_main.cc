// Writes the damaged copy of a clean plan: plantext_damage CLEAN > DAMAGED
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "services/domain/plantext/testing/damage.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: plantext_damage CLEAN > DAMAGED\n";
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string clean((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::cout << duban::plantext::testing::Damage(clean, duban::plantext::testing::XuhuiDamage());
  return 0;
}
