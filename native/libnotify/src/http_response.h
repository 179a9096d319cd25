/* Incremental HTTP/1.x response reader: length-delimited, chunked and close-delimited bodies are read and
 * discarded. */
#ifndef NOTIFY_HTTP_RESPONSE_H
#define NOTIFY_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESPONSE_LINE_BYTES_MAX = 8192, RESPONSE_HEAD_BYTES_MAX = 65536 };

/* A body beyond this is not worth reading to keep a connection. */
#define RESPONSE_BODY_BYTES_MAX (UINT64_C(1) << 20)

enum response_step {
	RESPONSE_STATUS_LINE,
	RESPONSE_HEADERS,
	RESPONSE_BODY_LENGTH,
	RESPONSE_CHUNK_SIZE,
	RESPONSE_CHUNK_DATA,
	RESPONSE_CHUNK_END,
	RESPONSE_TRAILERS,
	RESPONSE_BODY_CLOSE,
	RESPONSE_DONE,
	RESPONSE_BROKEN,
};

struct http_response {
	enum response_step step;
	int status;
	bool answers_head;     /* the request was HEAD: no body whatever the headers say */
	bool is_http_1_0;
	bool closes;           /* the connection cannot be used again after this response */
	bool keeps_alive;      /* HTTP/1.0 with an explicit keep-alive */
	bool is_chunked;
	bool has_coding;
	bool has_length;
	uint64_t length_left;  /* of the body or of the current chunk */
	uint64_t body_bytes;   /* read so far, or announced */
	size_t head_bytes;     /* read so far, all header and trailer lines */
	size_t line_bytes;
	size_t location_bytes; /* 0 = no Location header */
	char line[RESPONSE_LINE_BYTES_MAX];
	char location[RESPONSE_LINE_BYTES_MAX];
};

/* Begins a new response; `answers_head` as above. */
void http_response_begin(struct http_response *response, bool answers_head);
/* Reads on and returns how many bytes were taken: fewer than `count` when the head is complete, the
 * response is done or it is broken. Call again with the rest until `step` says so or the bytes are used
 * up. */
size_t http_response_read(struct http_response *response, const uint8_t *at, size_t count);
/* The peer closed: a close-delimited body is then done, anything else that was begun is broken. */
void http_response_end(struct http_response *response);
/* The head is complete: `status`, `closes` and `location` are final. */
bool http_response_has_head(const struct http_response *response);

#endif
