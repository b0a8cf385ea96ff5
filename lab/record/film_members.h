// The members of the film, in the order in which they stand: see members.h.
#pragma once

#include "record/film.h"
#include "record/same.h"

namespace siglab {

template <Same<FrameRowRecord> T, class F>
void list_members(T& row, F&& member) {
	member("name", row.name);
	member("offset", row.offset);
	member("width", row.width);
	member("count", row.count);
	member("first", row.first);
}

template <Same<MachineRecord> T, class F>
void list_members(T& machine, F&& member) {
	member("word", machine.word);
	member("registers", machine.registers);
	member("g", machine.g);
	member("link", machine.link);
	member("frame_size", machine.frame_size);
	member("frame", machine.frame);
}

template <Same<RegionRecord> T, class F>
void list_members(T& region, F&& member) {
	member("name", region.name);
	member("begin", region.begin);
	member("end", region.end);
	member("fill", region.fill);
}

template <Same<StageRecord> T, class F>
void list_members(T& stage, F&& member) {
	member("regions", stage.regions);
	member("memory", stage.memory);
	member("names", stage.names);
	member("objects", stage.objects);
}

template <Same<ListedRecord> T, class F>
void list_members(T& listed, F&& member) {
	member("text", listed.text);
	member("line", listed.line);
}

template <Same<StretchRecord> T, class F>
void list_members(T& stretch, F&& member) {
	member("first", stretch.first);
	member("text", stretch.text);
}

template <Same<ListingRecord> T, class F>
void list_members(T& listing, F&& member) {
	member("functions", listing.functions);
	member("code", listing.code);
	member("source", listing.source);
}

template <Same<ReelRecord> T, class F>
void list_members(T& reel, F&& member) {
	member("steps", reel.steps);
	member("end", reel.end);
	member("left", reel.left);
}

template <Same<ShotRecord> T, class F>
void list_members(T& shot, F&& member) {
	member("isa", shot.isa);
	member("stage", shot.stage);
	member("listings", shot.listings);
	member("start", shot.start);
	member("reel", shot.reel);
}

template <Same<DeliveriesRecord> T, class F>
void list_members(T& deliveries, F&& member) {
	member("signal", deliveries.signal);
	member("reels", deliveries.reels);
}

template <Same<WalkFilmRecord> T, class F>
void list_members(T& walk, F&& member) {
	member("walk", walk.walk);
	member("shot", walk.shot);
	member("deliveries", walk.deliveries);
}

template <Same<StoryRecord> T, class F>
void list_members(T& story, F&& member) {
	member("exhibit", story.exhibit);
	member("run", story.run);
	member("schedule", story.schedule);
	member("shot", story.shot);
}

template <Same<FilmRecord> T, class F>
void list_members(T& film, F&& member) {
	member("machines", film.machines);
	member("stages", film.stages);
	member("listings", film.listings);
	member("steps", film.steps);
	member("reels", film.reels);
	member("walks", film.walks);
	member("stories", film.stories);
}

}  // namespace siglab
