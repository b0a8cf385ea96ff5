// Server: one gdb at a time, on the loopback interface only: whoever may connect can read what the run read, and nothing else.
#pragma once

#include <atomic>
#include <functional>

#include "base/result.h"
#include "gdb/session.h"

namespace siglab::gdb {

// ":PORT", 0 for any that is free. Errors    usage: something else, also another host: this server is not for other machines.
Result<uint16_t> parse_port(std::string_view text);

// Listens, tells `listening` the port, serves the first gdb that connects until it goes, or until `interrupted`.
// Errors    environment: the port is taken, a connection that breaks.
Status serve(uint16_t port, Session& session, const std::function<void(uint16_t port)>& listening, const std::atomic<bool>& interrupted);

}  // namespace siglab::gdb
