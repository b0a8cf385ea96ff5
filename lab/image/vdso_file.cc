#include "image/vdso_file.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"

namespace siglab {
namespace {

Result<std::vector<VdsoFile>> from_kernel(const std::string& path, std::span<const std::byte> bytes) {
	Result<Kernel> kernel = carve(bytes);
	if (!kernel) return Error{kernel.error().exit, fmt::format("{} {}", path, kernel.error().text)};
	std::vector<VdsoFile> found;
	for (Carved& vdso : kernel->vdsos) {
		Result<Image> image = Image::parse(*vdso.isa, fmt::format("{} ({})", path, vdso.isa->name), std::move(vdso.bytes));
		if (!image) return image.error();
		found.push_back({carved_name(*kernel, vdso), *std::move(image)});
	}
	return found;
}

std::string stem(const std::string& path) {
	const std::string file = path.substr(path.rfind('/') + 1);
	return file.ends_with(".so") ? file.substr(0, file.size() - 3) : file;
}

}  // namespace

Result<std::vector<VdsoFile>> read_vdso_file(const std::string& path) {
	Result<std::vector<std::byte>> bytes = read_file(path);
	if (!bytes) return bytes.error();
	if (may_be_kernel(*bytes)) return from_kernel(path, *bytes);
	std::optional<Error> misfit;
	for (const Isa* isa : all_isas()) {
		Result<Image> image = Image::read(*isa, path);
		if (image) {
			std::vector<VdsoFile> one;
			one.push_back({stem(path), *std::move(image)});
			return one;
		}
		// Of two complaints the one of the machine that it is for.
		if (!misfit || misfit->text.find(" image, not an ") != std::string::npos) misfit = image.error();
	}
	// Not a vDSO itself, but perhaps a program that has some: an emulator of user mode.
	return carve(*bytes).ok() ? from_kernel(path, *bytes) : *misfit;
}

Result<Image> read_vdso(const Isa& isa, const std::string& path) {
	Result<std::vector<std::byte>> bytes = read_file(path);
	if (!bytes) return bytes.error();
	if (!may_be_kernel(*bytes)) return Image::read(isa, path);
	Result<std::vector<VdsoFile>> found = from_kernel(path, *bytes);
	if (!found) return found.error();
	std::vector<std::string> names;
	for (VdsoFile& vdso : *found) {
		if (&vdso.image.isa() == &isa) return std::move(vdso.image);
		names.emplace_back(vdso.image.isa().name);
	}
	return Error{Exit::usage, fmt::format("{}: holds an {} image, not an {} one", path, join(names, " and an "), isa.name)};
}

}  // namespace siglab
