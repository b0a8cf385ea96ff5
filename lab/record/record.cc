#include "record/record.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace siglab {

Totals totals(const Record& record) {
	Totals sum{.runs = record.runs.size()};
	for (const RunRecord& run : record.runs) {
		sum.injections += run.injections;
		sum.fired += run.fired;
		sum.masked += run.masked;
		sum.violations += run.violations.size();
		sum.deviations += run.deviations.size();
		sum.violated_runs += run.violations.empty() ? 0 : 1;
	}
	return sum;
}

namespace {

bool deviates(const RunRecord& run) { return !run.deviations.empty() || (!run.catalogued && !run.violations.empty()); }

// The walk never came to its end, so there was nothing to deliver into.
bool walk_died(const RunRecord& run) {
	return std::any_of(run.violations.begin(), run.violations.end(), [](const ViolationRecord& violation) {
		return violation.verdict.property == Property::alive && !violation.boundary;
	});
}

// Every delivery was seen, and every boundary of a finished run had one or was masked.
bool complete(const RunRecord& run) {
	if (run.injections != run.fired) return false;
	const bool all = uint64_t{run.injections} + run.masked == run.boundaries;
	return all || run.budget != "1" || run.ticks != 0 || run.outcome != "exhausted" || walk_died(run);
}

}  // namespace

Exit verdict_of(const Record& record) {
	const std::vector<RunRecord>& runs = record.runs;
	const auto some_ended = [&](std::string_view how) {
		return record.outcome == how || std::any_of(runs.begin(), runs.end(), [how](const RunRecord& run) { return run.outcome == how; });
	};
	if (some_ended("interrupted")) return Exit::interrupted;
	if (std::any_of(runs.begin(), runs.end(), deviates)) return Exit::deviation;
	if (some_ended("bound-reached")) return Exit::inconclusive;
	const bool nothing = std::all_of(runs.begin(), runs.end(), [](const RunRecord& run) { return run.fired == 0; });
	if (nothing || !std::all_of(runs.begin(), runs.end(), complete)) return Exit::vacuous;
	return Exit::ok;
}

namespace {

constexpr size_t kMaxSize = size_t{256} << 20;

Error cannot(Exit exit, const std::string& path, std::string_view what, int reason) {
	return {exit, fmt::format("{}: cannot {}: {}", path, what, std::strerror(reason))};
}

class Descriptor {
   public:
	explicit Descriptor(int number) : number_(number) {}
	Descriptor(const Descriptor&) = delete;
	Descriptor& operator=(const Descriptor&) = delete;
	~Descriptor() {
		if (number_ >= 0) ::close(number_);
	}
	[[nodiscard]] int number() const { return number_; }
	[[nodiscard]] bool write(std::string_view text) const {
		while (!text.empty()) {
			const ssize_t done = ::write(number_, text.data(), text.size());
			if (done < 0 && errno != EINTR) return false;
			if (done > 0) text.remove_prefix(static_cast<size_t>(done));
		}
		return true;
	}
	// False if what was written did not arrive: some file systems notice a full disk only now.
	bool close() { return ::fsync(number_) == 0 && ::close(std::exchange(number_, -1)) == 0; }

   private:
	int number_;
};

// A file that is only there until it is renamed: no way out leaves it behind.
class Part {
   public:
	explicit Part(const std::string& path) {
		static std::atomic<unsigned> counter = 0;
		name_ = fmt::format("{}.{}-{}.part", path, ::getpid(), counter++);
	}
	Part(const Part&) = delete;
	Part& operator=(const Part&) = delete;
	~Part() {
		if (made_) ::unlink(name_.c_str());
	}
	bool write(std::string_view text) {
		Descriptor file{::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
		made_ = file.number() >= 0;
		return made_ && file.write(text) && file.close();
	}
	bool rename_to(const std::string& path) {
		const bool renamed = ::rename(name_.c_str(), path.c_str()) == 0;
		made_ = made_ && !renamed;
		return renamed;
	}

   private:
	std::string name_;
	bool made_ = false;
};

// A rename over a device or a pipe would put a plain file in its place.
Status replaceable(const std::string& path) {
	struct stat about{};
	if (::stat(path.c_str(), &about) != 0) return Done{};
	if (S_ISDIR(about.st_mode)) return Error{Exit::environment, fmt::format("{}: cannot write it: it is a directory", path)};
	if (!S_ISREG(about.st_mode)) return Error{Exit::environment, fmt::format("{}: cannot write it: it is not a regular file", path)};
	return Done{};
}

// The file to write, in a folder that is there. Through links: what is replaced is the file that they lead to, not the link.
Result<std::string> place_for(const std::string& path) {
	namespace fs = std::filesystem;
	if (Status fits = replaceable(path); !fits) return fits.error();
	std::error_code failed;
	const fs::path real = fs::weakly_canonical(path, failed);
	if (!failed && real.has_parent_path()) fs::create_directories(real.parent_path(), failed);
	if (failed) return cannot(Exit::environment, path, "make its folder", failed.value());
	return real.string();
}

}  // namespace

Status write_text(const std::string& path, std::string_view text) {
	Result<std::string> real = place_for(path);
	if (!real) return real.error();
	Part part(*real);
	if (!part.write(text) || !part.rename_to(*real)) return cannot(Exit::environment, path, "write it", errno);
	return Done{};
}

Status writable(const std::string& path) {
	Result<std::string> real = place_for(path);
	if (!real) return real.error();
	if (Part part(*real); !part.write("")) return cannot(Exit::environment, path, "write it", errno);
	return Done{};
}

Result<std::string> read_text(const std::string& path) {
	// Not to wait for a pipe's other end: what it is gets looked at only afterwards.
	const Descriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
	if (file.number() < 0 && errno == ENOENT) return Error{Exit::usage, fmt::format("{}: no such file", path)};
	if (file.number() < 0) return cannot(Exit::usage, path, "open it", errno);
	struct stat about{};
	if (::fstat(file.number(), &about) != 0) return cannot(Exit::usage, path, "look at it", errno);
	if (S_ISDIR(about.st_mode)) return Error{Exit::usage, fmt::format("{}: is a directory", path)};
	if (!S_ISREG(about.st_mode)) return Error{Exit::usage, fmt::format("{}: is not a regular file", path)};
	std::string text;
	std::array<char, 65536> block{};
	for (;;) {
		const ssize_t done = ::read(file.number(), block.data(), block.size());
		if (done < 0 && errno == EINTR) continue;
		if (done < 0) return cannot(Exit::usage, path, "read it", errno);
		if (done == 0) return text;
		text.append(block.data(), static_cast<size_t>(done));
		if (text.size() > kMaxSize) return Error{Exit::usage, fmt::format("{}: larger than {} MiB", path, kMaxSize >> 20)};
	}
}

}  // namespace siglab
