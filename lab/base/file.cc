#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace siglab {
namespace {

constexpr size_t kMaxSize = size_t{1} << 30;

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
	[[nodiscard]] bool write(std::span<const std::byte> bytes) const {
		while (!bytes.empty()) {
			const ssize_t done = ::write(number_, bytes.data(), bytes.size());
			if (done < 0 && errno != EINTR) return false;
			if (done > 0) bytes = bytes.subspan(static_cast<size_t>(done));
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
	bool write(std::span<const std::byte> bytes) {
		Descriptor file{::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
		made_ = file.number() >= 0;
		return made_ && file.write(bytes) && file.close();
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

// The file to write, in a folder that is there.
Result<std::string> place_for(const std::string& path) {
	namespace fs = std::filesystem;
	if (Status fits = replaceable(path); !fits) return fits.error();
	std::error_code failed;
	const fs::path real = fs::weakly_canonical(path, failed);
	if (!failed && real.has_parent_path()) fs::create_directories(real.parent_path(), failed);
	if (failed) return cannot(Exit::environment, path, "make its folder", failed.value());
	return real.string();
}

Status fill(const std::string& path, int file, std::vector<std::byte>& bytes) {
	std::array<std::byte, 65536> block{};
	for (;;) {
		const ssize_t done = ::read(file, block.data(), block.size());
		if (done < 0 && errno == EINTR) continue;
		if (done < 0) return cannot(Exit::usage, path, "read it", errno);
		if (done == 0) return Done{};
		bytes.insert(bytes.end(), block.begin(), block.begin() + done);
		if (bytes.size() > kMaxSize) return Error{Exit::usage, fmt::format("{}: larger than {} MiB", path, kMaxSize >> 20)};
	}
}

}  // namespace

Result<std::vector<std::byte>> read_file(const std::string& path) {
	// Not to wait for a pipe's other end: what it is gets looked at only afterwards.
	const Descriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
	if (file.number() < 0 && errno == ENOENT) return Error{Exit::usage, fmt::format("{}: no such file", path)};
	if (file.number() < 0) return cannot(Exit::usage, path, "open it", errno);
	struct stat about{};
	if (::fstat(file.number(), &about) != 0) return cannot(Exit::usage, path, "look at it", errno);
	if (S_ISDIR(about.st_mode)) return Error{Exit::usage, fmt::format("{}: is a directory", path)};
	if (!S_ISREG(about.st_mode)) return Error{Exit::usage, fmt::format("{}: is not a regular file", path)};
	std::vector<std::byte> bytes;
	if (Status read = fill(path, file.number(), bytes); !read) return read.error();
	return bytes;
}

Result<std::string> read_text(const std::string& path) {
	const Result<std::vector<std::byte>> bytes = read_file(path);
	if (!bytes) return bytes.error();
	return std::string{as_text(*bytes)};
}

Status write_file(const std::string& path, std::span<const std::byte> bytes) {
	Result<std::string> real = place_for(path);
	if (!real) return real.error();
	Part part(*real);
	if (!part.write(bytes) || !part.rename_to(*real)) return cannot(Exit::environment, path, "write it", errno);
	return Done{};
}

Status writable(const std::string& path) {
	Result<std::string> real = place_for(path);
	if (!real) return real.error();
	if (Part part(*real); !part.write({})) return cannot(Exit::environment, path, "write it", errno);
	return Done{};
}

bool file_exists(const std::string& path) {
	struct stat about{};
	return ::stat(path.c_str(), &about) == 0;
}

}  // namespace siglab
