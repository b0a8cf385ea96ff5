#include "world/images.h"

#include <fmt/format.h>

#include "image/alternatives.h"
#include "image/vdso_file.h"

namespace siglab {
namespace {

bool is_source(const std::string& path) { return path.ends_with(".S") || path.ends_with(".s"); }

std::string key_of(const Isa& isa, ImageKind kind, const std::string& path) {
	return fmt::format("{}:{}:{}", isa.name, static_cast<int>(kind), path);
}

}  // namespace

Result<ImagePtr> ImageStore::get(const Isa& isa, const std::string& path, const Recipe& recipe) {
	const std::string key = key_of(isa, recipe.kind, path);
	const std::lock_guard lock(mutex_);
	if (const auto found = images_.find(key); found != images_.end()) return found->second;
	const bool source = is_source(path);
	Result<Image> image = source                           ? assemble(isa, recipe, path, places_.sources)
	                      : recipe.kind == ImageKind::vdso ? read_vdso(isa, path)
	                                                       : Image::read(isa, path);
	if (image && recipe.kind == ImageKind::vdso && !source) image = as_mapped(*std::move(image));
	if (!image) return image.error();
	return images_[key] = std::make_shared<const Image>(std::move(*image));
}

void ImageStore::keep(ImageKind kind, const std::string& path, Image image) {
	const std::string key = key_of(image.isa(), kind, path);
	const std::lock_guard lock(mutex_);
	images_[key] = std::make_shared<const Image>(std::move(image));
}

Result<ImagePtr> ImageStore::guest(const Isa& isa, const GuestChoice& choice) {
	if (choice.variant == nullptr) return get(isa, choice.file, {ImageKind::guest});
	return get(isa, fmt::format("{}/guest/{}/{}.elf", places_.images, isa.name, choice.variant->id), {ImageKind::guest});
}

Result<ImagePtr> ImageStore::vdso(const Isa& isa, const VdsoChoice& choice) {
	if (choice.none() && !isa.vdso_restorer) return ImagePtr{};
	if (choice.none()) return vdso(isa, {.blob = find_vdso("clean")});
	if (choice.blob == nullptr) return get(isa, choice.file, {ImageKind::vdso});
	return get(isa, fmt::format("{}/vdso/{}/{}.so", places_.images, isa.name, choice.blob->name), {ImageKind::vdso});
}

Result<ImagePtr> ImageStore::clib(const Isa& isa) {
	return get(isa, fmt::format("{}/clib/{}/{}.elf", places_.images, isa.name, kLongjmp), {ImageKind::clib});
}

Result<DataPages> ImageStore::data_pages(const Isa& isa, const VdsoChoice& choice) {
	// What the lab's own linker script has linked has its data in front. Whatever else such a source reads is its own doing, and judged.
	if (choice.file.empty() || is_source(choice.file)) return DataPages{};
	Result<ImagePtr> image = vdso(isa, choice);
	if (!image) return image.error();
	const std::lock_guard lock(mutex_);
	const std::string key = fmt::format("{}:{}", isa.name, choice.file);
	if (const auto known = pages_.find(key); known != pages_.end()) return known->second;
	Result<std::unique_ptr<Machine>> machine = Machine::open(isa);
	if (!machine) return machine.error();
	return pages_.emplace(key, find_data_pages(**image, **machine)).first->second;
}

Result<ImagePtr> ImageStore::sigpage(const Isa& isa) {
	if (!isa.has_sigpage) return ImagePtr{};
	return get(isa, fmt::format("{}/sigpage/{}.elf", places_.images, isa.name), {ImageKind::sigpage});
}

}  // namespace siglab
