#include <fmt/format.h>

#include <map>

#include "base/file.h"
#include "cli/cli.h"
#include "image/vdso_file.h"

namespace siglab::cli {
namespace {

struct AbiCommand {
	std::vector<std::string> what;
	std::string extract;
};

// Each vDSO as a file of its own, and its path on stdout.
Result<Exit> extract(const AbiCommand& command) {
	for (const std::string& path : command.what) {
		Result<std::vector<VdsoFile>> vdsos = read_vdso_file(path);
		if (!vdsos) return vdsos.error();
		std::map<std::string, uint32_t> seen;
		for (const VdsoFile& vdso : *vdsos) {
			const uint32_t before = seen[vdso.name]++;
			const std::string to = fmt::format("{}/{}{}.so", command.extract, vdso.name, before == 0 ? "" : fmt::format("-{}", before + 1));
			if (Status written = write_file(to, vdso.image.bytes()); !written) return written.error();
			print(to + "\n");
		}
	}
	return Exit::ok;
}

Result<Exit> run(const AbiCommand& command) {
	return extract(command);
}

}  // namespace

void add_abi(CLI::App& app, Context& context) {
	auto command = std::make_shared<AbiCommand>();
	CLI::App* sub = app.add_subcommand("abi", "which registers real vDSOs clobber, and where");
	sub->add_option("image", command->what, "a vDSO, a kernel (vmlinuz) or a Debian package of one")->required();
	sub->add_option("--extract", command->extract, "only write the vDSOs into this folder");
	sub->callback([command, &context] { context.chosen = [command] { return run(*command); }; });
}

}  // namespace siglab::cli
