#include "grade/build.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "grade/confined.h"
#include "grade/pieces.h"
#include "grade/sieve.h"
#include "grade/statement.h"
#include "image/assemble.h"
#include "image/preprocess.h"

namespace siglab::grade {
namespace {

constexpr size_t kMaxComplaints = 10;

Error refused(const std::string& path, std::string_view why) { return {Exit::usage, fmt::format("{}: {}", path, why)}; }

// What the table asks of labels: each once, and the landmarks on instructions that do what they stand for.
std::string check_labels(const Exercise& exercise, const Isa& isa, const std::vector<Sieved::Label>& labels) {
	const auto find = [&](std::string_view name) {
		return std::find_if(labels.begin(), labels.end(), [&](const Sieved::Label& label) { return label.name == name; });
	};
	for (const std::string& name : functions_of(exercise, isa)) {
		if (find(name) == labels.end()) return fmt::format("{} is missing: this exercise is to write it", name);
	}
	for (const Landmark& mark : exercise.landmarks) {
		const auto label = find(mark.name);
		if (label == labels.end() && mark.required)
			return fmt::format("the label {} is missing: the starting point says where it belongs", mark.name);
		if (label != labels.end() && !label->instruction.starts_with(mark.instruction)) {
			return fmt::format("line {}: {} stands on '{}', not on an instruction that begins '{}'", label->line, mark.name,
			                   label->instruction, mark.instruction);
		}
	}
	return {};
}

class Builder {
   public:
	Builder(const Exercise& exercise, const Isa& isa, const std::string& path, const std::string& sources, const TempDir& dir)
		: exercise_(exercise), isa_(isa), path_(path), sources_(sources), dir_(dir) {}

	Result<Image> run(std::string_view text) {
		if (Status read = read_lab(); !read) return read.error();
		Result<std::string> student = sieved(text);
		if (!student) return student.error();
		if (Status made = object("student", *student, true); !made) return made.error();
		if (exercise_.submits == Submits::part) {
			if (Status made = add_rest(); !made) return made.error();
		}
		return link(text);
	}

   private:
	using Arguments = std::vector<std::string>;

	// A source of the lab's own.
	[[nodiscard]] Result<std::string> lab_text(const std::string& name) const {
		Result<std::string> text = read_text(sources_ + "/" + name);
		if (!text) return Error{Exit::environment, text.error().text};
		return text;
	}

	Status read_lab() {
		Result<std::string> layout = lab_text("guest_asm/layout.h");
		if (!layout) return layout.error();
		// A vDSO has no version around it, but its assembler is to read it as it does the lab's.
		const bool part = exercise_.submits == Submits::part;
		Result<std::string> version =
			lab_text(part ? fmt::format("guest_asm/{}/{}.S", isa_.name, exercise_.base) : fmt::format("vdso_blobs/{}/clean.S", isa_.name));
		if (!version) return version.error();
		version_ = without_comments(*version);  // arm's assembler does not know //, which its preprocessor takes away
		prelude_ = prelude_of(*layout, version_);
		return Done{};
	}

	[[nodiscard]] Result<std::string> sieved(std::string_view text) const {
		SieveRules rules{.mark = mark(0), .owned = {}, .reserved = prelude_.names};
		for (const std::string& name : functions_of(exercise_, isa_)) rules.owned.insert(name);
		for (const Landmark& landmark : exercise_.landmarks) rules.owned.emplace(landmark.name);
		Result<Sieved> result = sieve(text, rules);
		if (!result) return Error{result.error().exit, fmt::format("{}:{}", path_, result.error().text)};
		if (const std::string wrong = check_labels(exercise_, isa_, result->labels); !wrong.empty()) return refused(path_, wrong);
		return fmt::format("{}\t.text\n{}", prelude_.text, result->text);
	}

	// The version without what the submission brings. Its #includes and #defines are layout.h's alone, which the prelude stands for.
	Status add_rest() {
		const Arguments functions = functions_of(exercise_, isa_);
		Result<std::string> rest = without_functions(version_, functions);
		if (!rest) return rest.error();
		std::string text = prelude_.text;
		bool in_macro = false;
		for (const std::string& line : split(*rest, '\n')) {
			in_macro = in_macro || line.starts_with("\t.macro");
			if (!in_macro && !line.starts_with('#')) text += line + '\n';
			if (line.starts_with("\t.endm")) in_macro = false;
		}
		return object("rest", text, false);
	}

	Status object(const std::string& name, std::string_view text, bool with_lines) {
		if (Status written = write_text(dir_.file(name + ".s"), text); !written) return written;
		Arguments arguments = {"as"};
		for (std::string& option : split(isa_.assembler_options, ' ')) arguments.push_back(std::move(option));
		if (with_lines) arguments.emplace_back("-g");
		arguments.insert(arguments.end(), {"-o", name + ".o", name + ".s"});
		objects_.push_back(name + ".o");
		const Result<ToolRun> ran = tool(std::move(arguments), "assemble");
		return ran ? Status{Done{}} : ran.error();
	}

	Result<Image> link(std::string_view text) {
		const Recipe recipe{.kind = exercise_.submits == Submits::part ? ImageKind::guest : ImageKind::vdso};
		// Twice, as assemble.cc says: with debug information for the line map, and without.
		for (const bool debug : {true, false}) {
			Arguments arguments = link_arguments(isa_, recipe, sources_);
			arguments.insert(arguments.begin(), "ld");
			if (!debug) arguments.emplace_back("--strip-debug");
			arguments.insert(arguments.end(), {"-o", debug ? "debug.elf" : "image.elf"});
			arguments.insert(arguments.end(), objects_.begin(), objects_.end());
			if (const Result<ToolRun> ran = tool(std::move(arguments), "link"); !ran) return ran.error();
		}
		const Result<ToolRun> lines = tool({"objdump", "--dwarf=decodedline", "debug.elf"}, "show its lines");
		if (!lines) return lines.error();
		Result<std::vector<std::byte>> bytes = read_file(dir_.file("image.elf"));
		if (!bytes) return Error{Exit::environment, bytes.error().text};
		Result<Image> image = Image::parse(isa_, path_, *std::move(bytes));
		if (image) image->set_lines(decode_lines(lines->output, mark(0), text));
		return image;
	}

	// A tool that must succeed, by its name behind the ISA's prefix.
	[[nodiscard]] Result<ToolRun> tool(Arguments arguments, std::string_view verb) const {
		const std::string name = std::string{isa_.tool_prefix} + arguments[0];
		Result<std::string> program = find_tool(name);
		if (!program) return program.error();
		arguments[0] = *program;
		Result<ToolRun> ran = run_confined(arguments, dir_);
		if (!ran) return ran.error().exit == Exit::usage ? refused(path_, ran.error().text) : ran.error();
		if (ran->code != 0) return complaint(*ran, verb);
		return ran;
	}

	[[nodiscard]] Error complaint(const ToolRun& ran, std::string_view verb) const {
		const std::string text = replaced(replaced(ran.complaints, dir_.path() + "/", ""), mark(0), path_);
		Arguments lines = {fmt::format("{}: does not {} for {} (--isa chooses another):", path_, verb, isa_.name)};
		for (const std::string& line : split(text, '\n')) {
			const bool telling =
				!line.empty() && !line.ends_with("Assembler messages:") && line.find(": in function `") == std::string::npos;
			if (telling && lines.size() <= kMaxComplaints) lines.push_back(line);
		}
		return {Exit::usage, join(lines, "\n")};
	}

	const Exercise& exercise_;
	const Isa& isa_;
	const std::string& path_;
	const std::string& sources_;
	const TempDir& dir_;
	std::string version_;
	Prelude prelude_;
	Arguments objects_;
};

}  // namespace

Result<std::string> read_submission(const std::string& path) {
	struct stat about {};
	if (::lstat(path.c_str(), &about) != 0) return refused(path, std::strerror(errno));
	if (S_ISLNK(about.st_mode)) return refused(path, "is a symbolic link; name the file itself");
	if (!S_ISREG(about.st_mode)) return refused(path, "is no regular file");
	if (about.st_size == 0) return refused(path, "is empty");
	if (static_cast<uint64_t>(about.st_size) > kMaxSource) return refused(path, fmt::format("is larger than {} bytes", kMaxSource));
	const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (file < 0) return refused(path, std::strerror(errno));
	// A byte more than may be: who goes on writing to it is refused by the sieve.
	std::string text(kMaxSource + 1, '\0');
	const ssize_t got = ::read(file, text.data(), text.size());
	::close(file);
	if (got < 0) return refused(path, std::strerror(errno));
	text.resize(static_cast<size_t>(got));
	return text;
}

Result<Image> build_submission(const Exercise& exercise, const Isa& isa, const std::string& path, std::string_view text,
                               const std::string& sources) {
	const Result<TempDir> dir = TempDir::make();
	if (!dir) return dir.error();
	std::error_code error;
	const std::string lab = std::filesystem::absolute(sources, error).string();
	return Builder(exercise, isa, path, lab, *dir).run(text);
}

}  // namespace siglab::grade
