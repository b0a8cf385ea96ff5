#include "gdb/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "gdb/packet.h"

namespace siglab::gdb {
namespace {

Error failed(std::string_view what) { return {Exit::environment, fmt::format("gdb server: {}: {}", what, std::strerror(errno))}; }

class Socket {
   public:
	explicit Socket(int descriptor) : descriptor_(descriptor) {}
	~Socket() {
		if (descriptor_ >= 0) close(descriptor_);
	}
	Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
	Socket& operator=(Socket&&) = delete;
	[[nodiscard]] int get() const { return descriptor_; }

   private:
	int descriptor_;
};

Result<Socket> listen_on(uint16_t port) {
	Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (socket.get() < 0) return failed("no socket");
	const int on = 1;
	(void)setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_port = htons(port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return failed(fmt::format("port {}", port));
	if (listen(socket.get(), 1) != 0) return failed("cannot listen");
	return socket;
}

Result<uint16_t> port_of(const Socket& socket) {
	sockaddr_in address{};
	socklen_t size = sizeof address;
	if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return failed("no port");
	return ntohs(address.sin_port);
}

// Waits until there is something to read. False: interrupted.
Result<bool> readable(const Socket& socket, const std::atomic<bool>& interrupted) {
	constexpr int kMilliseconds = 100;
	while (!interrupted.load()) {
		pollfd wait{socket.get(), POLLIN, 0};
		const int ready = poll(&wait, 1, kMilliseconds);
		if (ready > 0) return true;
		if (ready < 0 && errno != EINTR) return failed("waiting");
	}
	return false;
}

Status send_all(const Socket& socket, std::string_view bytes) {
	while (!bytes.empty()) {
		const ssize_t sent = send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR) continue;
		if (sent <= 0) return failed("sending");
		bytes.remove_prefix(static_cast<size_t>(sent));
	}
	return Done{};
}

Status answer(const Socket& socket, Session& session, const Decoder::Event& event) {
	if (event.kind == Decoder::Event::Kind::interrupt) return Done{};  // it stands already: nothing runs between two packets
	const bool damaged = event.kind == Decoder::Event::Kind::damaged;
	if (session.acknowledges()) {
		if (Status sent = send_all(socket, damaged ? "-" : "+"); !sent) return sent;
	}
	if (damaged) return Done{};
	const std::string reply = session.answer(event.payload);
	if (session.over() && reply.empty()) return Done{};  // a kill has no answer
	return send_all(socket, framed(reply));
}

Status talk(const Socket& socket, Session& session, const std::atomic<bool>& interrupted) {
	Decoder decoder;
	std::array<char, 4096> buffer{};
	while (!session.over()) {
		Result<bool> ready = readable(socket, interrupted);
		if (!ready) return ready.error();
		if (!*ready) return Done{};
		const ssize_t count = recv(socket.get(), buffer.data(), buffer.size(), 0);
		if (count == 0) return Done{};
		if (count < 0 && errno == EINTR) continue;
		if (count < 0) return failed("receiving");
		decoder.feed({buffer.data(), static_cast<size_t>(count)});
		while (std::optional<Decoder::Event> event = decoder.next()) {
			if (Status done = answer(socket, session, *event); !done) return done;
		}
		if (decoder.overfull()) return Error{Exit::environment, "gdb server: whoever has connected does not speak gdb's protocol"};
	}
	return Done{};
}

}  // namespace

Result<uint16_t> parse_port(std::string_view text) {
	const std::optional<uint64_t> port = text.starts_with(':') ? parse_number(text.substr(1)) : std::nullopt;
	if (port && *port <= UINT16_MAX) return static_cast<uint16_t>(*port);
	return Error{Exit::usage, fmt::format("--gdb takes :PORT, a port of this machine ({} to choose a free one), not '{}'", ":0", text)};
}

Status serve(uint16_t port, Session& session, const std::function<void(uint16_t port)>& listening, const std::atomic<bool>& interrupted) {
	Result<Socket> socket = listen_on(port);
	if (!socket) return socket.error();
	Result<uint16_t> chosen = port_of(*socket);
	if (!chosen) return chosen.error();
	listening(*chosen);
	Result<bool> ready = readable(*socket, interrupted);
	if (!ready) return ready.error();
	if (!*ready) return Done{};
	const Socket gdb(accept4(socket->get(), nullptr, nullptr, SOCK_CLOEXEC));
	if (gdb.get() < 0) return failed("no connection");
	return talk(gdb, session, interrupted);
}

}  // namespace siglab::gdb
