// Build: from a submission to an image of the lab's, confined on every step.
#pragma once

#include "grade/exercise.h"
#include "image/image.h"

namespace siglab::grade {

// The text of a submission. Errors    usage: no regular file (a link is none), too large, not to be read.
Result<std::string> read_submission(const std::string& path);

// `sources` is the lab/ folder. Lines of the image are those of the submission alone.
// Errors    usage: "PATH:LINE: what is wrong", from the sieve; what the tools say, in the submission's lines; a bound that a tool reached;
//           a function or landmark that is missing. environment: a tool or a source of the lab's is missing.
Result<Image> build_submission(const Exercise& exercise, const Isa& isa, const std::string& path, std::string_view text,
                               const std::string& sources);

}  // namespace siglab::grade
