#include "report/junit.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/windows.h"

namespace siglab {
namespace {

// For attributes and for text. XML has no way to say most control characters: they become '?'.
std::string xml(std::string_view text) {
	std::string out;
	for (const char c : text) {
		switch (c) {
			case '&': out += "&amp;"; break;
			case '<': out += "&lt;"; break;
			case '>': out += "&gt;"; break;
			case '"': out += "&quot;"; break;
			default: out += static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' ? '?' : c;
		}
	}
	return out;
}

bool fails(const RunRecord& run) { return !run.deviations.empty() || (!run.catalogued && !run.violations.empty()); }

// What broke, a window a line.
std::string properties_text(const RunRecord& run) {
	std::string out;
	for (const Window& window : windows(run)) {
		out += fmt::format("{} {} at {}{}: expected {}, observed {}\n", property_name(window.verdict.property), kind_name(window.verdict.kind),
		                   range_text(window), window.cause ? "" : " (consequence)", window.first->expected, window.first->observed);
	}
	return out.empty() ? "every property holds\n" : out;
}

std::string case_text(const RunRecord& run) {
	const std::string calls = run.calls == 1 ? "" : fmt::format(" x{}", run.calls);
	const std::string name = fmt::format("{} {} {} {} {}{}", run.function, run.caller, run.vdso, run.world, run.signal, calls);
	std::string out = fmt::format("  <testcase classname=\"{}.{}\" name=\"{}\" assertions=\"{}\">\n", xml(run.isa), xml(run.variant),
	                              xml(name), run.injections);
	if (fails(run)) {
		const std::string first = run.deviations.empty() ? "a property is broken" : run.deviations.front();
		const std::string body = run.deviations.empty() ? properties_text(run) : join(run.deviations, "\n");
		out += fmt::format("    <failure message=\"{}\">{}</failure>\n", xml(first), xml(body));
	} else if (run.outcome != "exhausted") {
		out += fmt::format("    <skipped message=\"{}\"/>\n", xml(run.outcome));
	}
	return out + fmt::format("    <system-out>{}</system-out>\n  </testcase>\n", xml(properties_text(run)));
}

}  // namespace

std::string report_junit(const Record& record) {
	size_t failures = 0, skipped = 0;
	std::string cases;
	for (const RunRecord& run : record.runs) {
		failures += fails(run) ? 1 : 0;
		skipped += !fails(run) && run.outcome != "exhausted" ? 1 : 0;
		cases += case_text(run);
	}
	return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"siglab {}\" tests=\"{}\" failures=\"{}\" "
	                   "errors=\"0\" skipped=\"{}\">\n{}</testsuite>\n</testsuites>\n",
	                   xml(record.command), record.runs.size(), failures, skipped, cases);
}

}  // namespace siglab
