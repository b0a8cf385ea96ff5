#include "image/tool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/file.h"

namespace siglab {
namespace {

std::string environment_or(const char* name, const char* otherwise) {
	const char* value = std::getenv(name);
	return value != nullptr && *value != '\0' ? value : otherwise;
}

// posix_spawn's file actions: nothing to read, and what is said goes to files, so that no pipe can fill up.
class FileActions {
   public:
	FileActions(const std::string& output, const std::string& complaints, const std::string& directory) {
		constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
		posix_spawn_file_actions_init(&actions_);
		add(posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
		add(posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, output.c_str(), kWrite, 0600));
		add(posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, complaints.c_str(), kWrite, 0600));
		if (!directory.empty()) add(posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str()));
	}
	FileActions(const FileActions&) = delete;
	FileActions& operator=(const FileActions&) = delete;
	~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

	[[nodiscard]] int error() const { return error_; }
	[[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

   private:
	void add(int error) { error_ = error != 0 ? error : error_; }
	posix_spawn_file_actions_t actions_{};
	int error_ = 0;
};

// The way that the C interface wants it: pointers to the texts, then null.
std::vector<char*> pointers(std::vector<std::string>& texts) {
	std::vector<char*> all;
	all.reserve(texts.size() + 1);
	for (std::string& text : texts) all.push_back(text.data());
	all.push_back(nullptr);
	return all;
}

Error cannot_run(const std::string& tool, int reason) {
	if (reason == ENOENT) return {Exit::environment, fmt::format("{}: not found in PATH; is its package installed?", tool)};
	return {Exit::environment, fmt::format("{}: cannot be run: {}", tool, std::strerror(reason))};
}

Result<int> wait_for(const std::string& tool, pid_t child) {
	int status = 0;
	while (::waitpid(child, &status, 0) < 0) {
		if (errno != EINTR) return cannot_run(tool, errno);
	}
	if (WIFEXITED(status)) return WEXITSTATUS(status);
	return Error{Exit::environment, fmt::format("{}: was killed by signal {}", tool, WTERMSIG(status))};
}

// The tool's words: that they can't be read is not the user's fault.
Result<std::string> read_words(const std::string& path) {
	Result<std::string> text = read_text(path);
	if (!text) return Error{Exit::environment, text.error().text};
	return text;
}

}  // namespace

Result<TempDir> TempDir::make() {
	std::string path = environment_or("TMPDIR", "/tmp") + "/siglab-XXXXXX";
	if (::mkdtemp(path.data()) == nullptr) {
		return Error{Exit::environment, fmt::format("{}: cannot make a directory: {}", path, std::strerror(errno))};
	}
	std::error_code error;
	const std::filesystem::path real = std::filesystem::canonical(path, error);
	return TempDir{error ? path : real.string()};
}

TempDir::~TempDir() {
	std::error_code ignored;
	if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<ToolRun> run_tool(const std::vector<std::string>& argv, const TempDir& dir, WorkIn where) {
	const std::string output = dir.file("tool.out"), complaints = dir.file("tool.err");
	const FileActions actions{output, complaints, where == WorkIn::temp ? dir.path() : std::string{}};
	if (actions.error() != 0) return cannot_run(argv[0], actions.error());
	std::vector<std::string> arguments = argv;
	std::vector<std::string> environment = {"PATH=" + environment_or("PATH", "/usr/bin:/bin"), "LC_ALL=C", "TMPDIR=" + dir.path()};
	pid_t child = 0;
	const int error =
		::posix_spawnp(&child, argv[0].c_str(), actions.get(), nullptr, pointers(arguments).data(), pointers(environment).data());
	if (error != 0) return cannot_run(argv[0], error);
	const Result<int> code = wait_for(argv[0], child);
	if (!code) return code.error();
	Result<std::string> said = read_words(output), complained = read_words(complaints);
	if (!said) return said.error();
	if (!complained) return complained.error();
	return ToolRun{*code, *std::move(said), *std::move(complained)};
}

}  // namespace siglab
