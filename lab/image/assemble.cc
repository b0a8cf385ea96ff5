#include "image/assemble.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "guest_asm/layout.h"
#include "image/preprocess.h"
#include "image/tool.h"

namespace siglab {
namespace {

constexpr size_t kMaxComplaints = 20;
constexpr std::string_view kObject = "siglab-object.o";

// One source on its way through the tools.
class Assembly {
   public:
	Assembly(const Isa& isa, const Recipe& recipe, const std::string& source, const std::string& sources, const TempDir& dir)
		: isa_(isa), recipe_(recipe), source_(source), sources_(absolute(sources)), dir_(dir) {}

	Result<Image> run() {
		const Result<std::vector<std::byte>> text = read_file(source_);
		if (!text) return text.error();
		if (!file_exists(sources_ + "/guest_asm/layout.h")) {
			return Error{Exit::environment, fmt::format("{}: is not the lab's folder: there is no guest_asm/layout.h", sources_)};
		}
		if (const Status done = preprocess(); !done) return done.error();
		if (const Status done = assemble_object(); !done) return done.error();
		// Twice: with debug information for the line map, and without it, because that names directories. Both have the same addresses.
		if (const Status done = link("debug.elf", {}); !done) return done.error();
		if (const Status done = link("image.elf", {"--strip-debug"}); !done) return done.error();
		const Result<LineMap> lines = read_lines(as_text(*text));
		if (!lines) return lines.error();
		return finish(*lines);
	}

   private:
	using Arguments = std::vector<std::string>;

	static std::string absolute(const std::string& path) {
		std::error_code error;
		const std::filesystem::path result = std::filesystem::absolute(path, error);
		return error ? path : result.string();
	}
	[[nodiscard]] std::string tool(std::string_view name) const { return std::string{isa_.tool_prefix} + std::string{name}; }

	// A name that no tool takes for an option or for a file of options.
	[[nodiscard]] std::string source_argument() const {
		return source_.starts_with('-') || source_.starts_with('@') ? "./" + source_ : source_;
	}

	// Runs a tool that must succeed; `verb` is what the source does not do otherwise.
	[[nodiscard]] Result<ToolRun> step(const Arguments& arguments, std::string_view verb, WorkIn where = WorkIn::temp) const {
		Result<ToolRun> ran = run_tool(arguments, dir_, where);
		if (ran && ran->code != 0) return complaint(*ran, arguments[0], verb);
		return ran;
	}

	// The tool's own lines, with the user's names instead of ours, behind a first line of what is wrong.
	[[nodiscard]] Error complaint(const ToolRun& ran, const std::string& tool_name, std::string_view verb) const {
		std::string text = replaced(ran.complaints, dir_.path() + "/", "");
		text = replaced(text, fmt::format("{}:siglab-file-", kObject), "siglab-file-");
		text = replaced(replaced(without_marks(text, files_), kObject, source_), "source.s: ", source_ + ": ");
		std::vector<std::string> lines = {fmt::format("{}: does not {}; {} says:", source_, verb, tool_name)};
		size_t left_out = 0;
		for (std::string& line : split(text, '\n')) {
			if (line.empty() || line.ends_with(": Assembler messages:")) continue;
			if (lines.size() <= kMaxComplaints) {
				lines.push_back(std::move(line));
			} else {
				++left_out;
			}
		}
		if (lines.size() == 1) lines[0] = fmt::format("{}: does not {}; {} ended with code {}", source_, verb, tool_name, ran.code);
		if (left_out != 0) lines.push_back(fmt::format("... and {} lines more", left_out));
		return {Exit::usage, join(lines, "\n")};
	}

	// Without the host's own macros and headers: they are another machine's.
	Status preprocess() {
		const Arguments arguments = {"cpp",       "-x", "assembler-with-cpp", "-undef",
		                             "-nostdinc", "-I" + sources_ + "/guest_asm", source_argument()};
		const Result<ToolRun> ran = step(arguments, "preprocess", WorkIn::current);
		if (!ran) return ran.error();
		Preprocessed result = with_marks(ran->output);
		files_ = std::move(result.files);
		if (!files_.empty()) files_[0] = source_;
		return write_file(dir_.file("source.s"), std::as_bytes(std::span{result.text}));
	}

	[[nodiscard]] Status assemble_object() const {
		Arguments arguments = {tool("as"), "-g"};
		for (std::string& option : split(isa_.assembler_options, ' ')) arguments.push_back(std::move(option));
		// For .include and .incbin; #include has been dealt with.
		arguments.push_back("-I" + std::filesystem::path(absolute(source_)).parent_path().string());
		arguments.insert(arguments.end(), {"-o", std::string{kObject}, "source.s"});
		const Result<ToolRun> ran = step(arguments, "assemble");
		return ran ? Status{Done{}} : ran.error();
	}

	[[nodiscard]] Status link(const std::string& output, const Arguments& extra) const {
		Recipe recipe = recipe_;
		if (!recipe.linker_script.empty()) recipe.linker_script = absolute(recipe.linker_script);
		Arguments arguments = {tool("ld")};
		const Arguments options = link_arguments(isa_, recipe, sources_);
		arguments.insert(arguments.end(), options.begin(), options.end());
		arguments.insert(arguments.end(), extra.begin(), extra.end());
		arguments.insert(arguments.end(), {"-o", output, std::string{kObject}});
		const Result<ToolRun> ran = step(arguments, "link");
		return ran ? Status{Done{}} : ran.error();
	}

	[[nodiscard]] Result<LineMap> read_lines(std::string_view text) const {
		const Result<ToolRun> ran = step({tool("objdump"), "--dwarf=decodedline", "debug.elf"}, "show its lines");
		if (!ran) return ran.error();
		return decode_lines(ran->output, mark(0), text);
	}

	[[nodiscard]] Result<Image> finish(const LineMap& lines) const {
		Result<std::vector<std::byte>> bytes = read_file(dir_.file("image.elf"));
		if (!bytes) return Error{Exit::environment, bytes.error().text};
		Result<Image> image = Image::parse(isa_, source_, *std::move(bytes));
		if (image) image->set_lines(lines);
		return image;
	}

	const Isa& isa_;
	const Recipe& recipe_;
	const std::string& source_;
	std::string sources_;
	const TempDir& dir_;
	std::vector<std::string> files_;  // by mark; the first is the source
};

std::vector<std::string> options_of_kind(const Isa& isa, const Recipe& recipe, const std::string& sources) {
	const std::string script = recipe.linker_script.empty() ? sources + "/guest_asm/guest.ld" : recipe.linker_script;
	switch (recipe.kind) {
		case ImageKind::guest: return {"-T" + script, fmt::format("--entry={:#x}", GUEST_TEXT)};
		case ImageKind::clib: return {"-T" + sources + "/guest_asm/longjmp.ld", fmt::format("--entry={:#x}", CLIB_TEXT)};
		case ImageKind::sigpage: return {fmt::format("-Ttext={:#x}", SIGPAGE), "-n", fmt::format("--entry={:#x}", SIGPAGE)};
		case ImageKind::vdso: break;
	}
	return {"-shared",
	        "-soname=linux-vdso.so.1",
	        recipe.hash_style == HashStyle::gnu ? "--hash-style=gnu" : "--hash-style=sysv",
	        fmt::format("--version-script={}/vdso_blobs/{}.map", sources, isa.name),
	        "-T" + sources + "/vdso_blobs/vdso.ld",
	        "--no-undefined"};
}

}  // namespace

std::vector<std::string> link_arguments(const Isa& isa, const Recipe& recipe, const std::string& sources) {
	std::vector<std::string> arguments = {"-z", "noexecstack", "-z", fmt::format("max-page-size={}", kPageSize), "--build-id=none"};
	const std::vector<std::string> options = options_of_kind(isa, recipe, sources);
	arguments.insert(arguments.end(), options.begin(), options.end());
	return arguments;
}

Result<Image> assemble(const Isa& isa, const Recipe& recipe, const std::string& source, const std::string& sources) {
	const Result<TempDir> dir = TempDir::make();
	if (!dir) return dir.error();
	return Assembly{isa, recipe, source, sources, *dir}.run();
}

Status write_image(const Image& image, const std::string& path) {
	const std::string lines = print_lines(image.lines());
	// The lines first: an image is never seen without them.
	if (const Status done = write_file(path + ".lines", std::as_bytes(std::span{lines})); !done) return done.error();
	return write_file(path, image.bytes());
}

}  // namespace siglab
