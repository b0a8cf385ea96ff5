#include "grade/confined.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/file.h"
#include "base/text.h"

namespace siglab::grade {
namespace {

constexpr int kCannotStart = 127;

// All that the child needs, made before the fork: behind it only calls that are safe there.
struct Child {
	std::vector<std::string> arguments;
	std::string directory, output, complaints;
	std::vector<char*> argv;

	Child(const std::vector<std::string>& given, const TempDir& dir)
		: arguments(given), directory(dir.path()), output(dir.file("tool.out")), complaints(dir.file("tool.err")) {
		for (std::string& argument : arguments) argv.push_back(argument.data());
		argv.push_back(nullptr);
	}
};

bool limit(int resource, uint64_t value) {
	const rlimit both{value, value};
	return ::setrlimit(static_cast<__rlimit_resource>(resource), &both) == 0;
}

bool put(const char* path, int flags, int descriptor) {
	const int opened = ::open(path, flags, 0600);
	return opened >= 0 && (opened == descriptor || (::dup2(opened, descriptor) == descriptor && ::close(opened) == 0));
}

// The hard limit of the CPU time lies a second above the soft one: SIGXCPU first, SIGKILL if that is not enough.
bool limit_all(const ToolBounds& bounds) {
	const rlimit cpu{bounds.cpu_seconds, bounds.cpu_seconds + 1};
	return ::setrlimit(RLIMIT_CPU, &cpu) == 0 && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, bounds.file_size) &&
	       limit(RLIMIT_NOFILE, bounds.descriptors) && limit(RLIMIT_AS, bounds.address_space);
}

[[noreturn]] void become(const Child& child, const ToolBounds& bounds) {
	constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
	::prctl(PR_SET_PDEATHSIG, SIGKILL);
	::setsid();
	// Besides, where it costs nothing: nothing here relies on it.
	(void)::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC);
	const bool ready = put("/dev/null", O_RDONLY, 0) && put(child.output.c_str(), kWrite, 1) && put(child.complaints.c_str(), kWrite, 2) &&
	                   ::close_range(3, ~0u, 0) == 0 && ::chdir(child.directory.c_str()) == 0 &&
	                   ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && limit_all(bounds);
	char* nothing[] = {nullptr};
	if (ready) ::execve(child.argv[0], child.argv.data(), nothing);
	::_exit(kCannotStart);
}

// The state of the child's end; false if it had to be ended because its time was up.
bool wait_until(pid_t child, uint32_t milliseconds, int& status) {
	const int watched = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
	pollfd one{watched, POLLIN, 0};
	int ready = -1;
	do {
		ready = ::poll(&one, 1, static_cast<int>(milliseconds));
	} while (ready < 0 && errno == EINTR);
	if (watched >= 0) ::close(watched);
	const bool in_time = ready > 0 && (one.revents & POLLIN) != 0;
	if (!in_time) ::kill(child, SIGKILL);
	// What it may have started itself. It is not reaped yet, so the number still is its session's.
	::kill(-child, SIGKILL);
	while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
	return in_time;
}

Error too_much(const std::string& tool, std::string_view what) {
	return {Exit::usage, fmt::format("{} was stopped: this source makes it {}", tool.substr(tool.rfind('/') + 1), what)};
}

Result<int> code_of(const std::string& tool, int status) {
	if (WIFEXITED(status)) {
		if (WEXITSTATUS(status) != kCannotStart) return WEXITSTATUS(status);
		return Error{Exit::environment, fmt::format("{}: cannot be run confined", tool)};
	}
	switch (WTERMSIG(status)) {
		case SIGXCPU:
		case SIGKILL: return too_much(tool, "use too much CPU time");
		case SIGXFSZ: return too_much(tool, "write too large a file");
		default: return too_much(tool, fmt::format("end with signal {}", WTERMSIG(status)));
	}
}

}  // namespace

Result<std::string> find_tool(const std::string& name) {
	const char* path = std::getenv("PATH");
	for (const std::string& folder : split(path != nullptr ? path : "/usr/bin:/bin", ':')) {
		const std::string candidate = folder + "/" + name;
		if (folder.starts_with('/') && ::access(candidate.c_str(), X_OK) == 0) return candidate;
	}
	return Error{Exit::environment, fmt::format("{}: not found in PATH; is its package installed?", name)};
}

Result<ToolRun> run_confined(const std::vector<std::string>& argv, const TempDir& dir, const ToolBounds& bounds) {
	if (::access(argv[0].c_str(), X_OK) != 0) return Error{Exit::environment, fmt::format("{}: cannot be run: {}", argv[0], std::strerror(errno))};
	const Child child(argv, dir);
	const pid_t pid = ::fork();
	if (pid < 0) return Error{Exit::environment, fmt::format("{}: cannot be run: {}", argv[0], std::strerror(errno))};
	if (pid == 0) become(child, bounds);
	int status = 0;
	if (!wait_until(pid, bounds.wall_milliseconds, status)) return too_much(argv[0], "run for too long");
	const Result<int> code = code_of(argv[0], status);
	if (!code) return code.error();
	Result<std::string> said = read_text(child.output), complained = read_text(child.complaints);
	if (!said) return Error{Exit::environment, said.error().text};
	if (!complained) return Error{Exit::environment, complained.error().text};
	return ToolRun{*code, *std::move(said), *std::move(complained)};
}

}  // namespace siglab::grade
