// What stands in for the second engine where the lab was built without it.
#include "machine/engine.h"

namespace siglab {

Result<std::unique_ptr<Engine>> open_dynarmic(const Isa&, Hooks) {
	return Error{Exit::environment, "this build has no dynarmic: `siglab doctor` says how to get it"};
}

std::string dynarmic_version() { return {}; }

}  // namespace siglab
