// siglab as its users run it: a process of its own, with what it printed and its exit code.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace siglab {

namespace fs = std::filesystem;

inline std::string contents(const fs::path& path) {
	std::ifstream file(path, std::ios::binary);
	std::ostringstream text;
	text << file.rdbuf();
	return text.str();
}

inline fs::path write(const fs::path& path, const std::string& text) {
	std::ofstream(path, std::ios::binary) << text;
	return path;
}

inline fs::path image(const std::string& name) { return fs::path(SIGLAB_IMAGES) / name; }
inline fs::path source(const std::string& name) { return fs::path(SIGLAB_SOURCES) / name; }

struct Ran {
	int code = -1;
	std::string out, err;
};

class CliTest : public testing::Test {
   protected:
	void SetUp() override {
		std::string name = (fs::temp_directory_path() / "siglab-cli-XXXXXX").string();
		ASSERT_NE(mkdtemp(name.data()), nullptr);
		dir_ = name;
	}
	void TearDown() override { fs::remove_all(dir_); }

	// Started in the test's own folder, so that its files have short names.
	pid_t start(const std::vector<std::string>& arguments, const std::string& out = {}, const std::string& err = {}) {
		std::vector<std::string> texts = {SIGLAB_BINARY};
		texts.insert(texts.end(), arguments.begin(), arguments.end());
		std::vector<char*> argv;
		for (std::string& text : texts) argv.push_back(text.data());
		argv.push_back(nullptr);
		posix_spawn_file_actions_t actions;
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
		const std::string to = out.empty() ? (dir_ / "stdout").string() : out;
		const std::string complaints = err.empty() ? (dir_ / "stderr").string() : err;
		constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY;
		posix_spawn_file_actions_addopen(&actions, 1, to.c_str(), kWrite, 0600);
		posix_spawn_file_actions_addopen(&actions, 2, complaints.c_str(), kWrite, 0600);
		posix_spawn_file_actions_addchdir_np(&actions, dir_.c_str());
		pid_t child = -1;
		EXPECT_EQ(posix_spawn(&child, SIGLAB_BINARY, &actions, nullptr, argv.data(), environ), 0);
		posix_spawn_file_actions_destroy(&actions);
		return child;
	}

	// As soon as it takes interrupts, which is when its work begins: nothing is timed. False: it ended before that.
	static bool interrupt_at_work(pid_t child) {
		if (child <= 0) return false;
		for (siginfo_t ended{}; waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;) {
			const std::string status = contents(fmt::format("/proc/{}/status", child));
			const size_t caught = status.find("\nSigCgt:");
			if (caught != std::string::npos && (std::stoull(status.substr(caught + 8), nullptr, 16) >> (SIGINT - 1) & 1) != 0) {
				return kill(child, SIGINT) == 0;
			}
			std::this_thread::sleep_for(std::chrono::milliseconds(2));
		}
		return false;
	}

	Ran wait(pid_t child) {
		if (child <= 0) return {};
		int status = 0;
		waitpid(child, &status, 0);
		return {WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status), contents(dir_ / "stdout"), contents(dir_ / "stderr")};
	}

	Ran siglab(const std::vector<std::string>& arguments, const std::string& out = {}) { return wait(start(arguments, out)); }

	// A complaint: this exit code, nothing on stdout, one line that begins "siglab: " and is `text` behind that.
	void complains(const std::vector<std::string>& arguments, int code, const testing::Matcher<std::string>& text) {
		SCOPED_TRACE(testing::PrintToString(arguments));
		const Ran ran = siglab(arguments);
		EXPECT_EQ(ran.code, code) << ran.err;
		EXPECT_EQ(ran.out, "");
		EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
		ASSERT_TRUE(ran.err.starts_with("siglab: ") && ran.err.ends_with('\n')) << ran.err;
		EXPECT_THAT(ran.err.substr(8, ran.err.size() - 9), text);
	}

	// A blob's source with one change, as a file of the test's folder.
	fs::path changed(const std::string& from, const std::string& what, const std::string& by, const std::string& name) {
		std::string text = contents(source(from));
		const size_t at = text.find(what);
		EXPECT_NE(at, std::string::npos) << from << " has no " << what;
		if (at != std::string::npos) text.replace(at, what.size(), by);
		return write(dir_ / name, text);
	}

	fs::path dir_;
};

}  // namespace siglab
