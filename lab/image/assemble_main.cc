// siglab_assemble: makes one of the catalogue's images at build time, by the recipe that is also used at run time.
//
//   siglab_assemble ISA guest|vdso|vdso-gnu|sigpage|clib SOURCE.S OUT LAB_DIR
//
// Writes    OUT and OUT.lines. Errors go to stderr, in one line and the tool's own; the exit codes are those of base/result.h.
#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "image/assemble.h"
#include "isa/isa_set.h"

namespace siglab {
namespace {

struct NamedRecipe {
	std::string_view name;
	Recipe recipe;
};

const NamedRecipe kRecipes[] = {
	{"guest", {ImageKind::guest, HashStyle::sysv}},
	{"vdso", {ImageKind::vdso, HashStyle::sysv}},
	{"vdso-gnu", {ImageKind::vdso, HashStyle::gnu}},
	{"sigpage", {ImageKind::sigpage, HashStyle::sysv}},
	{"clib", {ImageKind::clib, HashStyle::sysv}},
};

Result<const Isa*> parse_isa(const std::string& name) {
	if (const Isa* isa = find_isa(name)) return isa;
	return Error{Exit::usage, unknown_name("isa", name, isa_names())};
}

Result<Recipe> parse_recipe(const std::string& name) {
	std::vector<std::string> known;
	for (const NamedRecipe& named : kRecipes) {
		if (named.name == name) return named.recipe;
		known.emplace_back(named.name);
	}
	return Error{Exit::usage, unknown_name("kind of image", name, known)};
}

Status run(std::span<const std::string> arguments) {
	if (arguments.size() != 5) {
		return Error{Exit::usage, "usage: siglab_assemble ISA guest|vdso|vdso-gnu|sigpage|clib SOURCE.S OUT LAB_DIR"};
	}
	const Result<const Isa*> isa = parse_isa(arguments[0]);
	if (!isa) return isa.error();
	const Result<Recipe> recipe = parse_recipe(arguments[1]);
	if (!recipe) return recipe.error();
	const Result<Image> image = assemble(**isa, *recipe, arguments[2], arguments[4]);
	return image ? write_image(*image, arguments[3]) : image.error();
}

}  // namespace
}  // namespace siglab

int main(int count, char** values) {
	const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
	const siglab::Status done = siglab::run(arguments);
	if (done) return 0;
	fmt::print(stderr, "{}\n", done.error().text);
	return static_cast<int>(done.error().exit);
}
