# shellcheck shell=bash
# Sourced by ./run, ./test and the test of a fresh Debian: which packages are needed, and how a preset is built.

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
consent=ask # yes: --yes, no: --no-install
PATH=$PATH:/usr/sbin:/sbin

# A Debian package, and the probe that tells whether what it brings is there (from wherever it came).
# shellcheck disable=SC2034
BASE='
g++                          has_command c++
cmake                        has_command cmake
ninja-build                  has_command ninja
pkg-config                   has_command pkg-config
libunicorn-dev               has_module unicorn
libspdlog-dev                has_module spdlog
libcli11-dev                 has_module CLI11
nlohmann-json3-dev           has_module nlohmann_json
libcapstone-dev              has_module capstone
libxxhash-dev                has_module libxxhash
libarchive-dev               has_module libarchive
binutils-aarch64-linux-gnu   has_command aarch64-linux-gnu-as
binutils-arm-linux-gnueabihf has_command arm-linux-gnueabihf-as
'
# shellcheck disable=SC2034
TEST='
libgtest-dev                 has_module gtest
libgmock-dev                 has_module gmock
librapidcheck-dev            has_header rapidcheck.h
libbenchmark-dev             has_module benchmark
'
# shellcheck disable=SC2034
ALL='
clang                        has_command clang++
libclang-rt-dev              has_sanitizers
gcc-aarch64-linux-gnu        has_command aarch64-linux-gnu-gcc
libc6-dev-arm64-cross        has_file /usr/aarch64-linux-gnu/include/stdio.h
gcc-arm-linux-gnueabihf      has_command arm-linux-gnueabihf-gcc
libc6-dev-armhf-cross        has_file /usr/arm-linux-gnueabihf/include/stdio.h
qemu-user                    has_command qemu-aarch64
golang-go                    has_go_1_19
debootstrap                  has_command debootstrap
chromium                     has_command chromium
nodejs                       has_command node
npm                          has_command npm
git                          has_command git
'
# shellcheck disable=SC2034
PEERS='
gdb-multiarch                has_command gdb-multiarch
qemu-user                    has_command qemu-aarch64
python3-unicorn              has_python_unicorn
'

# shellcheck disable=SC2034
NOTEBOOKS='
jupyter-nbconvert            has_debian_python nbclient nbformat nbconvert
python3-ipykernel            has_debian_python ipykernel
python3-pandas               has_debian_python pandas
python3-matplotlib           has_debian_python matplotlib
'

# For tools/coverage. gcov comes with g++.
# shellcheck disable=SC2034
COVERAGE='
python3                      has_file /usr/bin/python3
'

has_command() { command -v "$1" >/dev/null; }
has_module() { pkg-config --exists "$1"; }
has_header() { c++ -E -x c++ - <<<"#include <$1>"; }
has_file() { [ -e "$1" ]; }
has_go_1_19() { [ -x /usr/lib/go-1.19/bin/go ] || [[ $(go env GOVERSION) == go1.19* ]]; }
has_python_unicorn() { /usr/bin/python3 -c 'import unicorn'; }
has_debian_python() { local module; for module in "$@"; do /usr/bin/python3 -sE -c "import $module" || return; done; }
has_sanitizers() { compgen -G "$(clang++ -print-resource-dir)/lib/*/libclang_rt.fuzzer*.a"; }

say() { printf 'siglab: %s\n' "$*" >&2; }
fail() { say "$@" && exit 4; }

# need LIST: whatever of LIST is missing is installed, if that is wanted and possible; otherwise exit 4.
need() {
	local packages
	mapfile -t packages < <(missing "$1")
	[ ${#packages[@]} -gt 0 ] || return 0
	has_command apt-get || fail "missing, by their Debian names: ${packages[*]}"
	: >"$(log install)"
	if agreed; then apt_plan "${packages[@]}" >/dev/null || apt update || true; fi
	say "to install: ${packages[*]} ($(size "${packages[@]}"))"
	ask
	say "installing ..."
	apt_install "${packages[@]}" || { apt update && apt_install "${packages[@]}"; } || { show install; fail "could not install them"; }
}

missing() {
	local package probe
	while read -r package probe; do
		# shellcheck disable=SC2086
		[ -z "$package" ] || $probe >/dev/null 2>&1 || echo "$package"
	done <<<"$1"
}

ask() {
	local answer=
	[ "$consent" != no ] || fail "not installed (--no-install)"
	is_root || has_command sudo || fail "not root, and there is no sudo: install them, then start again"
	if agreed; then return; fi
	if ! [ -t 0 ] || ! [ -t 2 ]; then fail "not root, and no terminal to ask on: install them, or give --yes"; fi
	read -r -p "siglab: install them with sudo? [y/N] " answer
	[[ $answer == [yY]* ]] || fail "not installed"
}

agreed() { [ "$consent" = yes ] || { is_root && [ "$consent" = ask ]; }; }
is_root() { [ "$(id -u)" -eq 0 ]; }
as_root() { if is_root; then "$@"; else sudo "$@"; fi; }
apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 "$@" </dev/null >>"$(log install)" 2>&1; }
apt_install() { apt install --yes --no-install-recommends "$@"; }
apt_plan() { LC_ALL=C apt-get install --print-uris --yes --no-install-recommends "$@" 2>/dev/null; }

size() {
	local text
	text=$(apt_plan "$@" | sed -n 's|^Need to get \([^/]*B\).* of archives\.$|with all they need: \1 to download|p
		s|^After this operation, \(.*\) of additional disk space will be used\.$|, \1 on disk|p' | tr -d '\n') || true
	echo "${text:-size unknown before apt-get update}"
}

log() { mkdir -p "$root/build" && echo "$root/build/$1.log"; }
show() { tail -n 200 "$(log "$1")" >&2; }

# The second engine, dynarmic, is fetched into build/dynarmic: libraries and headers alone, for its -dev package would bring LLVM's and
# Boost's along (770 MB), which its interface does not include. That takes no root. siglab works without it; what could not be fetched is
# said once, and leaves an empty folder, so that nobody waits for it again. An installed one is taken as it is.
SECOND_ENGINE=(libdynarmic6 libdynarmic-dev libzydis4.0)
second_engine() {
	local into=$root/build/dynarmic new
	[ ! -e "$into" ] && [ "$consent" != no ] || return 0
	if has_header dynarmic/interface/A64/a64.h >/dev/null 2>&1; then return 0; fi
	: >"$(log dynarmic)"
	new=$(mktemp -d "$root/build/.dynarmic.XXXXXX") && chmod 755 "$new"
	say "fetching the second engine, dynarmic, into build/ (1.3 MB to download, 8 MB on disk) ..."
	if fetch "$new" || { is_root && apt update && fetch "$new"; }; then
		mv "$new" "$into"
	else
		say "no second engine: ${SECOND_ENGINE[*]} could not be fetched (build/dynarmic.log). siglab works without; to try again: rmdir build/dynarmic"
		rm -rf "$new"
		mkdir -p "$into"
	fi
}

fetch() ( # FOLDER
	cd "$1" || exit
	{ apt-get -qq download "${SECOND_ENGINE[@]}" && for package in *.deb; do dpkg-deb -x "$package" . || exit; done; } </dev/null >>"$(log dynarmic)" 2>&1 &&
		rm -rf -- *.deb usr/share && [ -e usr/include/dynarmic/interface/A64/a64.h ]
)

# build PRESET [CMake options]: into build/PRESET, quietly; the compiler is heard only when it fails.
build() {
	local preset=$1 log lock
	log=$(log "$preset")
	exec {lock}>"$root/build/.$preset.lock"
	flock "$lock"
	second_engine
	{ configure "$@" && compile "$preset"; } || { show "$preset"; fail "$preset does not build (all of it: $log)"; }
	exec {lock}>&-
}

# A tree that was moved or copied starts anew; a changed preset or option configures again.
configure() (
	cd "$root" || exit
	dir=build/$1 wanted="$* $(cksum <CMakePresets.json) $(echo build/dynarmic/usr*)"
	grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$dir/CMakeCache.txt" || rm -rf "$dir"
	[ "$(cat "$dir/configured" 2>/dev/null)" != "$wanted" ] || exit 0
	cmake --preset "$@" >"build/$1.log" 2>&1 && echo "$wanted" >"$dir/configured"
)

# On a terminal ninja draws its own line of progress.
compile() (
	cd "$root/build/$1" || exit
	ninja -n | grep -q 'no work to do' && exit
	: >"../$1.log"
	if [ -t 2 ]; then
		NINJA_STATUS="siglab: building $1 [%f/%t] " ninja >&2
	else
		say "building $1 ..."
		ninja -k 0 >"../$1.log"
	fi
)
