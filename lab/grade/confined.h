// Confined: a tool of the host run on a stranger's text, so that whatever the text makes it do stays small.
//
// Models    for one process: an empty directory of its own as the working directory, an empty environment, no input, all other descriptors
//           closed, no new privileges, rlimits on CPU time, address space, size of files, number of descriptors, no core; a limit on the
//           wall clock; its death with ours. Where the kernel lets anybody have them: user, network and IPC namespaces of its own.
// Does not  keep the tool from reading files by name: the sieve (sieve.h) lets nothing through that could name one.
#pragma once

#include "image/tool.h"

namespace siglab::grade {

struct ToolBounds {
	uint32_t cpu_seconds = 4;
	uint32_t wall_milliseconds = 30'000;
	uint64_t address_space = uint64_t{512} << 20;  // bytes
	uint64_t file_size = uint64_t{4} << 20;        // bytes, of each file that it writes
	uint32_t descriptors = 32;
};

// The program of that name in PATH, as an absolute path. Errors    environment: there is none.
Result<std::string> find_tool(const std::string& name);

// Runs argv[0], an absolute path, in `dir`. A tool that ends with another code than 0 is no error here.
// Errors    usage: a bound was reached: which. environment: it cannot be run.
Result<ToolRun> run_confined(const std::vector<std::string>& argv, const TempDir& dir, const ToolBounds& bounds = {});

}  // namespace siglab::grade
