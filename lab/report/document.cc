#include "report/document.h"

#include <fmt/format.h>

#include "report/words.h"

namespace siglab {
namespace {

// A bar would end the cell, in code too.
std::string markdown_text(std::string_view text, bool in_table) {
	std::string out;
	for (const char c : shown(text)) {
		if (c == '|' && in_table) out += '\\';
		out += c;
	}
	return out;
}

class Markdown {
   public:
	void operator()(const Heading& heading) { fmt::format_to(std::back_inserter(out_), "{} {}\n\n", std::string(static_cast<size_t>(heading.level), '#'), markdown_text(heading.text, false)); }
	void operator()(const Paragraph& paragraph) { out_ += markdown_text(paragraph.text, false) + "\n\n"; }
	void operator()(const Listing& table) {
		row(table.head);
		out_ += '|';
		for (size_t i = 0; i < table.head.size(); ++i) out_ += "---|";
		out_ += '\n';
		for (const std::vector<std::string>& cells : table.rows) row(cells);
		out_ += '\n';
	}
	[[nodiscard]] std::string take() {
		if (out_.ends_with("\n\n")) out_.pop_back();
		return std::move(out_);
	}

   private:
	void row(const std::vector<std::string>& cells) {
		out_ += '|';
		for (const std::string& cell : cells) out_ += fmt::format(" {} |", markdown_text(cell, true));
		out_ += '\n';
	}
	std::string out_;
};

// Code spans become elements; what HTML would read is escaped.
std::string html_text(std::string_view text) {
	std::string out;
	bool code = false;
	for (const char c : shown(text)) {
		switch (c) {
			case '&': out += "&amp;"; break;
			case '<': out += "&lt;"; break;
			case '>': out += "&gt;"; break;
			case '"': out += "&quot;"; break;
			case '`': out += code ? "</code>" : "<code>"; code = !code; break;
			default: out += c;
		}
	}
	return code ? out + "</code>" : out;
}

class Html {
   public:
	void operator()(const Heading& heading) { out_ += fmt::format("<h{0}>{1}</h{0}>\n", heading.level, html_text(heading.text)); }
	void operator()(const Paragraph& paragraph) { out_ += fmt::format("<p>{}</p>\n", html_text(paragraph.text)); }
	void operator()(const Listing& table) {
		out_ += "<table>\n<thead>";
		row(table.head, "th");
		out_ += "</thead>\n<tbody>\n";
		for (const std::vector<std::string>& cells : table.rows) row(cells, "td");
		out_ += "</tbody>\n</table>\n";
	}
	[[nodiscard]] std::string take() { return std::move(out_); }

   private:
	void row(const std::vector<std::string>& cells, std::string_view element) {
		out_ += "<tr>";
		for (const std::string& cell : cells) out_ += fmt::format("<{0}>{1}</{0}>", element, html_text(cell));
		out_ += "</tr>\n";
	}
	std::string out_;
};

constexpr std::string_view kStyle =
	"body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#1a1a1a;background:#fff}"
	"table{border-collapse:collapse;margin:1em 0;font-size:13px}th,td{border:1px solid #c8c8c8;padding:2px 8px;text-align:left;vertical-align:top}"
	"th{background:#f0f0f0;position:sticky;top:0}code{font:12.5px ui-monospace,monospace;white-space:pre-wrap}"
	"@media(prefers-color-scheme:dark){body{color:#ddd;background:#161616}th{background:#262626}th,td{border-color:#444}}";

}  // namespace

std::string to_markdown(const Document& document) {
	Markdown writer;
	for (const auto& block : document.blocks) std::visit(writer, block);
	return writer.take();
}

std::string to_html(const Document& document) {
	Html writer;
	for (const auto& block : document.blocks) std::visit(writer, block);
	return fmt::format("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
	                   "<title>{}</title><style>{}</style></head>\n<body>\n{}</body>\n</html>\n",
	                   html_text(document.title), kStyle, writer.take());
}

}  // namespace siglab
