#include "gdb/target.h"

#include <fmt/format.h>

#include <array>

namespace siglab::gdb {
namespace {

const uint64_t* gpr(const Cpu& cpu, size_t index) { return &cpu.gpr[index]; }
const uint64_t* vec(const Cpu& cpu, size_t index) { return &cpu.vec[index]; }
const uint64_t* sp(const Cpu& cpu, size_t) { return &cpu.sp; }
const uint64_t* pc(const Cpu& cpu, size_t) { return &cpu.pc; }
const uint64_t* flags(const Cpu& cpu, size_t) { return &cpu.flags; }
const uint64_t* fpsr(const Cpu& cpu, size_t) { return &cpu.fpsr; }
const uint64_t* fpcr(const Cpu& cpu, size_t) { return &cpu.fpcr; }

// Adds registers, and says each as gdb wants to hear it.
class Builder {
   public:
	explicit Builder(std::string_view architecture)
		: xml_(fmt::format("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target version=\"1.0\">\n"
	                       "<architecture>{}</architecture>\n", architecture)) {}

	void open(std::string_view feature, std::string_view types = {}) { xml_ += fmt::format("<feature name=\"{}\">\n{}", feature, types); }
	void close() { xml_ += "</feature>\n"; }
	void add(Register reg, std::string_view type) {
		xml_ += fmt::format("<reg name=\"{}\" bitsize=\"{}\" type=\"{}\" regnum=\"{}\"/>\n", reg.name, reg.bytes * 8, type, target_.registers.size());
		target_.registers.push_back(std::move(reg));
	}
	void skip(size_t count) { target_.registers.resize(target_.registers.size() + count); }
	Target done() {
		target_.description = xml_ + "</target>\n";
		return std::move(target_);
	}

   private:
	Target target_;
	std::string xml_;
};

Target arm64() {
	Builder build("aarch64");
	build.open("org.gnu.gdb.aarch64.core");
	for (size_t i = 0; i < 31; ++i) build.add({fmt::format("x{}", i), 8, gpr, i}, "uint64");
	build.add({"sp", 8, sp, 0}, "data_ptr");
	build.add({"pc", 8, pc, 0}, "code_ptr");
	build.add({"cpsr", 4, flags, 0}, "uint32");
	build.close();
	build.open("org.gnu.gdb.aarch64.fpu",
	           "<vector id=\"v2d\" type=\"uint64\" count=\"2\"/>\n<vector id=\"v4s\" type=\"uint32\" count=\"4\"/>\n"
	           "<union id=\"vnv\"><field name=\"d\" type=\"v2d\"/><field name=\"s\" type=\"v4s\"/></union>\n");
	for (size_t i = 0; i < 32; ++i) build.add({fmt::format("v{}", i), 16, vec, 2 * i}, "vnv");
	build.add({"fpsr", 4, fpsr, 0}, "uint32");
	build.add({"fpcr", 4, fpcr, 0}, "uint32");
	build.close();
	return build.done();
}

Target arm() {
	constexpr size_t kOldFpa = 9;  // numbers 16 .. 24 were FPA's registers, which nobody has any more
	Builder build("arm");
	build.open("org.gnu.gdb.arm.core");
	for (size_t i = 0; i < 13; ++i) build.add({fmt::format("r{}", i), 4, gpr, i}, "uint32");
	build.add({"sp", 4, sp, 0}, "data_ptr");
	build.add({"lr", 4, gpr, 14}, "uint32");
	build.add({"pc", 4, pc, 0}, "code_ptr");
	build.skip(kOldFpa);
	build.add({"cpsr", 4, flags, 0}, "uint32");
	build.close();
	build.open("org.gnu.gdb.arm.vfp");
	for (size_t i = 0; i < 32; ++i) build.add({fmt::format("d{}", i), 8, vec, i}, "ieee_double");
	build.add({"fpscr", 4, fpsr, 0}, "uint32");
	build.close();
	return build.done();
}

}  // namespace

const Target& target_of(const Isa& isa) {
	static const std::array<Target, kIsaCount> kTargets = {arm64(), arm()};
	return kTargets[static_cast<size_t>(isa.id)];
}

}  // namespace siglab::gdb
