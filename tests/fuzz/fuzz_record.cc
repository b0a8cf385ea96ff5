// libFuzzer: parse_record takes any text without harm; what it accepts it prints and reads back as the same, and every report takes it.
//
// The hash would stop nearly every mutation at the door: the input is taken as it is, and as a body that is given the hash that fits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "record/record.h"
#include "report/csv.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/text.h"

namespace {

using namespace siglab;

void check_error(const Error& error) {
	const bool one_line = error.text.find_first_of("\n\r\x1b") == std::string::npos;
	if (error.exit != Exit::usage || error.text.empty() || !one_line) std::abort();
}

void check(const std::string& text) {
	const Result<Record> record = parse_record(text);
	if (!record) return check_error(record.error());
	const std::string printed = print_record(*record);
	const Result<Record> again = parse_record(printed);
	if (!again || *again != *record || print_record(*again) != printed) std::abort();
	const size_t told = report_text(*record, {.colour = true}).size() + report_text(*record, {.width = 1}).size() +
	                    report_csv(*record).size() + report_junit(*record).size() + report_markdown(*record).size();
	if (told == 0 || totals(*record).runs != record->runs.size()) std::abort();
	(void)verdict_of(*record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
	const std::string text{reinterpret_cast<const char*>(data), size};
	check(text);
	check(sealed(text));
	return 0;
}
