#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

#include "abi/beliefs.h"
#include "abi/survey.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "image/alternatives.h"
#include "report/abi.h"

namespace siglab::cli {
namespace {

namespace fs = std::filesystem;

struct AbiCommand {
	std::vector<std::string> what;
	std::string extract, isa, format = "markdown";
	bool summary = false, diff = false;
};

struct Named {
	std::string name;
	ImagePtr image;
};

// ---- which images ----

// A vDSO of the catalogue, for each ISA that it exists on.
Result<std::vector<Named>> from_catalogue(const Vdso& blob, ImageStore& store) {
	std::vector<Named> images;
	for (const Isa* isa : all_isas()) {
		if (!blob.isas.on(*isa)) continue;
		Result<ImagePtr> image = store.vdso(*isa, {.blob = &blob});
		if (!image) return image.error();
		images.push_back({fmt::format("{}-{}", blob.name, isa->name), *image});
	}
	return images;
}

Result<std::vector<Named>> from_file(const std::string& path) {
	Result<std::vector<VdsoFile>> vdsos = read_vdso_file(path);
	if (!vdsos) return vdsos.error();
	std::vector<Named> images;
	for (VdsoFile& vdso : *vdsos) images.push_back({vdso.name, std::make_shared<const Image>(std::move(vdso.image))});
	return images;
}

// The user's own assembly, for each ISA whose assembler takes it. If none does, the shortest complaint: what was written for one ISA is wrong
// in every line for the other's assembler.
Result<std::vector<Named>> from_source(const std::string& path, const std::string& only, ImageStore& store) {
	std::vector<Named> images;
	std::optional<Error> misfit;
	for (const Isa* isa : all_isas()) {
		if (!only.empty() && isa->name != only) continue;
		Result<ImagePtr> image = store.vdso(*isa, {.file = path});
		if (image) {
			images.push_back({fmt::format("{}-{}", fs::path(path).stem().string(), isa->name), *image});
		} else if (!misfit || image.error().text.size() < misfit->text.size()) {
			misfit = image.error();
		}
	}
	if (images.empty()) return *misfit;
	return images;
}

Result<std::vector<Named>> from_folder(const std::string& path) {
	std::vector<std::string> files;
	std::error_code error;
	for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
		if (entry.path().extension() == ".so") files.push_back(entry.path().string());
	}
	if (error) return Error{Exit::usage, fmt::format("{}: cannot read the folder: {}", path, error.message())};
	if (files.empty()) return Error{Exit::usage, fmt::format("{}: no vDSO (*.so) in this folder; tools/fetch_vdsos gets some", path)};
	std::sort(files.begin(), files.end());
	std::vector<Named> images;
	for (const std::string& file : files) {
		Result<std::vector<Named>> some = from_file(file);
		if (!some) return some.error();
		images.insert(images.end(), some->begin(), some->end());
	}
	return images;
}

Result<std::vector<Named>> images_of(const std::string& what, const std::string& only, ImageStore& store) {
	std::error_code error;
	if (const Vdso* blob = find_vdso(what)) return from_catalogue(*blob, store);
	if (fs::is_directory(what, error)) return from_folder(what);
	if (fs::path(what).extension() == ".S") return from_source(what, only, store);
	const std::string fetched = fetched_vdsos() + "/" + what + ".so";
	return fs::exists(what, error) || !fs::exists(fetched, error) ? from_file(what) : from_file(fetched);
}

Result<std::vector<Named>> chosen(const AbiCommand& command, ImageStore& store) {
	std::vector<std::string> all = command.what;
	if (all.empty()) all.push_back(fetched_vdsos());
	if (!command.isa.empty() && find_isa(command.isa) == nullptr) return Error{Exit::usage, unknown_name("isa", command.isa, isa_names())};
	std::vector<Named> images;
	for (const std::string& what : all) {
		Result<std::vector<Named>> some = images_of(what, command.isa, store);
		if (!some) return some.error();
		std::copy_if(some->begin(), some->end(), std::back_inserter(images), [&](const Named& one) { return command.isa.empty() || one.image->isa().name == command.isa; });
	}
	if (images.empty()) return Error{Exit::usage, fmt::format("no image for {} among these", command.isa)};
	if (command.diff && images.size() != 2) {
		return Error{Exit::usage, fmt::format("--diff compares two images, and these are {} (--isa leaves out the other ISA's)", images.size())};
	}
	return images;
}

// ---- what is done with them ----

// Each vDSO as a file of its own, and its path on stdout.
Status extract(const std::vector<Named>& images, const std::string& folder) {
	std::map<std::string, uint32_t> seen;
	for (const Named& one : images) {
		const uint32_t before = seen[one.name]++;
		const std::string to = fmt::format("{}/{}{}.so", folder, one.name, before == 0 ? "" : fmt::format("-{}", before + 1));
		if (Status written = write_file(to, one.image->bytes()); !written) return written;
		print(to + "\n");
	}
	return Done{};
}

Result<AbiRecord> survey_all(const std::vector<Named>& images) {
	AbiRecord record;
	std::map<const Isa*, std::unique_ptr<Machine>> machines;
	for (const Named& one : images) {
		const Isa& isa = one.image->isa();
		if (!machines.contains(&isa)) {
			Result<std::unique_ptr<Machine>> opened = Machine::open(isa);
			if (!opened) return opened.error();
			machines[&isa] = *std::move(opened);
		}
		const Result<Image> mapped = as_mapped(*one.image);
		Result<AbiImage> image = mapped ? survey(*mapped, one.name, *machines[&isa]) : Result<AbiImage>(mapped.error());
		if (!image && images.size() == 1) return image.error();
		if (image) {
			record.images.push_back(*std::move(image));
		} else {
			spdlog::error("left out: {}", image.error().text);
		}
	}
	if (record.images.empty()) return Error{Exit::usage, "none of these images could be surveyed"};
	record.versions = Beliefs::versions(*find_isa(record.images.front().isa));
	return record;
}

Result<Exit> run(const AbiCommand& command, const Places& places) {
	ImageStore store(places);
	Result<std::vector<Named>> images = chosen(command, store);
	if (!images) return images.error();
	if (!command.extract.empty()) {
		if (Status done = extract(*images, command.extract); !done) return done.error();
		return Exit::ok;
	}
	Result<AbiRecord> record = survey_all(*images);
	if (!record) return record.error();
	if (command.diff && record->images.size() != 2) return Error{Exit::usage, "--diff: one of the two could not be surveyed"};
	if (command.format == "json") {
		print(print_abi_record(*record));
	} else if (command.format == "csv") {
		print(abi_csv(*record));
	} else {
		const bool summary = command.summary || record->images.size() > 2;
		const Document document = command.diff ? abi_difference(*record) : summary ? abi_summary(*record) : abi_document(*record);
		print(command.format == "html" ? to_html(document) : to_markdown(document));
	}
	return verdict_of(*record);
}

}  // namespace

std::string fetched_vdsos() {
	const char* cache = std::getenv("XDG_CACHE_HOME");
	if (cache != nullptr && *cache != '\0') return std::string{cache} + "/siglab/vdsos";
	const char* home = std::getenv("HOME");
	return std::string{home != nullptr ? home : "/root"} + "/.cache/siglab/vdsos";
}

void add_abi(CLI::App& app, Context& context) {
	auto command = std::make_shared<AbiCommand>();
	CLI::App* sub = app.add_subcommand("abi", "which registers the functions of vDSOs use, boundary by boundary");
	sub->add_option("image", command->what,
	                "a vDSO (an ELF image or a .S), a kernel (vmlinuz), a Debian package of one, a folder of vDSOs, or a name; without, all that tools/fetch_vdsos got");
	sub->add_option("--isa", command->isa, "arm64 or arm: leave the others out");
	sub->add_option("--format", command->format, "markdown, html, csv, json")->check(CLI::IsMember({"markdown", "html", "csv", "json"}));
	sub->add_flag("--summary", command->summary, "one line for each path; so it is for more than two images");
	sub->add_flag("--diff", command->diff, "what differs between two images");
	sub->add_option("--extract", command->extract, "only write the vDSOs into this folder");
	sub->callback([command, &context] { context.chosen = [command, &context] { return run(*command, context.places); }; });
}

}  // namespace siglab::cli
