#pragma once

#include <openssl/x509.h>

#include <string>

#include "services/common/http/client.h"

namespace duban::http {

// Whether the chain that a server sent is to be trusted; `*why` says why not. For
// SSL_CTX_set_cert_verify_callback.
bool VerifyChain(X509_STORE_CTX* chain, const Trust& trust, std::string* why);

}  // namespace duban::http
