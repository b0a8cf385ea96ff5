// Arbitrary bytes as a kernel, a compressed stream or a package: no crash, no hang, no read outside of them.
#include <cstdlib>

#include "image/alternatives.h"
#include "image/carve.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
	using namespace siglab;
	const Result<Kernel> kernel = carve(std::as_bytes(std::span{data, size}));
	if (!kernel) {
		if (kernel.error().exit != Exit::usage || kernel.error().text.find('\n') != std::string::npos) std::abort();
		return 0;
	}
	for (const Carved& vdso : kernel->vdsos) {
		Result<Image> image = Image::parse(*vdso.isa, "input", vdso.bytes);
		if (!image) std::abort();  // it was carved because it can be read
		(void)as_mapped(*std::move(image));
	}
	return 0;
}
