#include "report/page.h"

#include "report/packed.h"
#include "report/page_data.h"
#include "report/page_parts.h"

namespace siglab {

std::string report_html(std::span<const Record> records) {
	std::string page{kPageFront};
	page += packed(page_data(records));
	return page += kPageBack;
}

}  // namespace siglab
