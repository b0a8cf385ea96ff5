#include "cli/debug.h"

#include <fmt/format.h>

#include "gdb/server.h"
#include "guest_asm/layout.h"

namespace siglab::cli {
namespace {

// The images of the catalogue have files with symbols and lines; a user's own .S was assembled in memory.
std::string how_to_connect(const Debugged& what, uint16_t port) {
	const Scenario& scenario = what.world.scenario;
	const std::string isa{scenario.isa->name};
	std::string command = "gdb-multiarch";
	if (scenario.guest.variant != nullptr) command += fmt::format(" {}/guest/{}/{}.elf", what.places.images, isa, guest_text(scenario.guest));
	if (scenario.vdso.blob != nullptr) {
		command += fmt::format(" -ex 'add-symbol-file {}/vdso/{}/{}.so -o {:#x}'", what.places.images, isa, vdso_text(scenario.vdso), VDSO);
	}
	return fmt::format("{} -ex 'target remote 127.0.0.1:{}'", command, port);
}

}  // namespace

Result<Exit> debug(const Debugged& what, const std::string& where) {
	Result<uint16_t> port = gdb::parse_port(where);
	if (!port) return port.error();
	Result<Trace> traced = trace(what.world, what.machine, what.schedule, Keep::everything);
	if (!traced) return traced.error();
	const gdb::Tape tape(std::move(*traced), what.machine.memory());
	gdb::Session session(what.world.isa(), tape);
	const auto listening = [&](uint16_t chosen) {
		print(fmt::format("{} '{}': {} boundaries, waiting for gdb\n{}\n", print_scenario(what.world.scenario), print_schedule(what.schedule), tape.size(),
		                  how_to_connect(what, chosen)));
		std::fflush(stdout);
	};
	catch_interrupts();
	if (Status served = gdb::serve(*port, session, listening, interrupted()); !served) return served.error();
	return interrupted().load() ? Exit::interrupted : Exit::ok;
}

}  // namespace siglab::cli
