// Running the host's tools: no shell, a private place to work in, everything they say kept.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace siglab {

// A directory that only this user can read and that goes away, with all that is in it, when its owner does.
class TempDir {
   public:
	// Errors    environment: no directory can be made under TMPDIR or /tmp.
	static Result<TempDir> make();
	TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
	TempDir& operator=(TempDir&&) = delete;
	TempDir(const TempDir&) = delete;
	TempDir& operator=(const TempDir&) = delete;
	~TempDir();

	[[nodiscard]] const std::string& path() const { return path_; }  // absolute, without symbolic links
	[[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string{name}; }

   private:
	explicit TempDir(std::string path) : path_(std::move(path)) {}
	std::string path_;
};

enum class WorkIn : uint8_t { current, temp };

struct ToolRun {
	int code = 0;
	std::string output;
	std::string complaints;  // stderr
};

// Runs argv[0], looked up in PATH, in English, without the environment variables that change what compilers do. A tool that ends with
// another code than 0 is no error here. The arguments go through as they are: blanks and quotes mean nothing.
// Errors    environment: not found, cannot be run, killed by a signal.
Result<ToolRun> run_tool(const std::vector<std::string>& argv, const TempDir& dir, WorkIn where);

}  // namespace siglab
