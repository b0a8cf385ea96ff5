// ImageStore: each image is read, or assembled, once, and then shared by all worlds.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "image/assemble.h"
#include "probe/data_pages.h"
#include "world/scenario.h"

namespace siglab {

using ImagePtr = std::shared_ptr<const Image>;

// Where the lab keeps its things.
struct Places {
	std::string images;   // guest/ISA/ID.elf, vdso/ISA/NAME.so, clib/ISA/NAME.elf, sigpage/ISA.elf, made by the build
	std::string sources;  // the lab/ folder, for a user's own .S
};

class ImageStore {
   public:
	explicit ImageStore(Places places) : places_(std::move(places)) {}

	// Errors    usage: the user's file is malformed or does not assemble. environment: the build's own image is missing.
	Result<ImagePtr> guest(const Isa& isa, const GuestChoice& choice);
	// For "none": what the kernel maps all the same where handlers return through it (arm64), though the runtime is not told; else null.
	Result<ImagePtr> vdso(const Isa& isa, const VdsoChoice& choice);
	// Where that vDSO looks for its data. The lab's own all have one layout; anybody's else is found by running it, once.
	// Errors    as vdso() and find_data_pages.
	Result<DataPages> data_pages(const Isa& isa, const VdsoChoice& choice);
	// The C code that a process may have beside its runtime: longjmp.
	Result<ImagePtr> clib(const Isa& isa);
	// An image that is there already and goes by `path` from now on, whatever lies there.
	void keep(ImageKind kind, const std::string& path, Image image);
	// Null where the ISA has no sigpage.
	Result<ImagePtr> sigpage(const Isa& isa);

	[[nodiscard]] const Places& places() const { return places_; }

   private:
	Result<ImagePtr> get(const Isa& isa, const std::string& path, const Recipe& recipe);

	Places places_;
	std::mutex mutex_;
	std::map<std::string, ImagePtr> images_;
	std::map<std::string, Result<DataPages>> pages_;
};

}  // namespace siglab
