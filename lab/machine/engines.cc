#include <pthread.h>

#include <array>

#include "machine/twin_engine.h"

namespace siglab {
namespace {

struct Emulator {
	std::string_view name;
	Result<std::unique_ptr<Engine>> (*open)(const Isa& isa, Hooks hooks);
	std::string (*version)();
};

// dynarmic first: it stops exactly where it is told to, inside an IT block too.
Result<std::unique_ptr<Engine>> open_both(const Isa& isa, Hooks hooks) {
	return open_twin(isa, hooks, {"dynarmic", open_dynarmic}, {"Unicorn", open_unicorn});
}
std::string no_version() { return {}; }

constexpr std::array<Emulator, kEngineKinds> kEmulators = {{
	{"unicorn", open_unicorn, unicorn_version},
	{"dynarmic", open_dynarmic, dynarmic_version},
	{"both", open_both, no_version},
}};

const Emulator& emulator(EngineKind kind) { return kEmulators[static_cast<size_t>(kind)]; }

}  // namespace

clockid_t thread_clock() {
	static thread_local const clockid_t clock = [] {
		clockid_t own = CLOCK_MONOTONIC;
		pthread_getcpuclockid(pthread_self(), &own);  // of a thread that lives it cannot fail
		return own;
	}();
	return clock;
}

std::string_view engine_name(EngineKind kind) { return emulator(kind).name; }

std::optional<EngineKind> find_engine(std::string_view name) {
	for (size_t i = 0; i < kEngineKinds; ++i) {
		if (kEmulators[i].name == name) return static_cast<EngineKind>(i);
	}
	return std::nullopt;
}

bool is_there(EngineKind kind) { return kind == EngineKind::unicorn || !dynarmic_version().empty(); }

Result<std::unique_ptr<Engine>> open_engine(EngineKind kind, const Isa& isa, Hooks hooks) { return emulator(kind).open(isa, hooks); }

std::string engine_version(EngineKind kind) { return emulator(kind).version(); }

}  // namespace siglab
