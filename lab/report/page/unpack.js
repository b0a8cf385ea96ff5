// The page's data, unpacked: JSON in gzip in base64. Any browser of 2023 or later can do it.

export async function unpack(letters) {
	const raw = atob(letters);
	const bytes = new Uint8Array(raw.length);
	for (let i = 0; i < raw.length; ++i) bytes[i] = raw.charCodeAt(i);
	return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}
