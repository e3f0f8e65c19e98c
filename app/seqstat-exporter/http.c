/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "http.h"

#include <microhttpd.h>
#include <time.h>

/** More connections wait. */
#define MAX_CONNECTIONS 64
/** Seconds until a client that neither sends nor reads is disconnected. */
#define TIMEOUT 10
/** Memory of a connection in bytes, for its request and a piece of the page. */
#define MEMORY (48 * 1024)
/** Maximum age of a reading that a second request shares. */
#define SHARED_NS 50000000

#define OPENMETRICS "application/openmetrics-text"

/** A reading and its metrics, shared by requests. */
struct shared {
	struct reading reading;
	struct metrics metrics;
	unsigned int users;
	struct timespec made;
};

struct request {
	struct page page;
	struct shared *shared;
};

/* Needs no lock: one thread handles all requests. */
static struct shared *latest;

static struct shared *
get_shared(struct choice *choice)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (latest == NULL || (now.tv_sec - latest->made.tv_sec) * INT64_C(1000000000) +
			now.tv_nsec - latest->made.tv_nsec > SHARED_NS) {
		latest = text_alloc(1, sizeof(*latest));
		latest->made = now;
		reading_make(&latest->reading, choice);
		metrics_make(&latest->metrics, &latest->reading);
	}
	latest->users++;

	return latest;
}

static void
request_free(void *arg)
{
	struct request *request = arg;
	struct shared *shared = request->shared;

	page_free(&request->page);
	free(request);
	if (--shared->users > 0)
		return;
	if (latest == shared)
		latest = NULL;
	metrics_free(&shared->metrics);
	reading_free(&shared->reading);
	free(shared);
}

static ssize_t
request_read(void *arg, uint64_t pos, char *to, size_t size)
{
	const size_t n = page_read(&((struct request *)arg)->page, to, size);

	(void)pos;

	return n > 0 ? (ssize_t)n : MHD_CONTENT_READER_END_OF_STREAM;
}

/** Note a metric that the client asks for. */
static enum MHD_Result
want(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct page *page = arg;

	(void)kind;
	if (strcmp(key, "name[]") == 0 && value != NULL)
		text_put(&page->wanted, value, strlen(value) + 1);

	return MHD_YES;
}

static struct MHD_Response *
respond_metrics(struct choice *choice, struct MHD_Connection *connection, const char **type)
{
	const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
			MHD_HTTP_HEADER_ACCEPT);
	struct request *request = text_alloc(1, sizeof(*request));
	struct MHD_Response *response;

	request->shared = get_shared(choice);
	request->page = (struct page){
		.reading = &request->shared->reading,
		.metrics = &request->shared->metrics,
		.openmetrics = accept != NULL && strstr(accept, OPENMETRICS) != NULL,
		.created = choice->created,
	};
	*type = request->page.openmetrics ? OPENMETRICS "; version=1.0.0; charset=utf-8" :
		"text/plain; version=0.0.4; charset=utf-8";
	MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, want, &request->page);
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, MEMORY, request_read,
			request, request_free);
	if (response == NULL)
		request_free(request);

	return response;
}

static enum MHD_Result
respond(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
		const char *version, const char *data, size_t *size, void **state)
{
	static char page[] = "<!DOCTYPE html><title>dpdk-seqstat-exporter</title>"
		"<h1>dpdk-seqstat-exporter</h1><a href=\"/metrics\">Metrics</a>\n";
	static char no_page[] = "Metrics are at /metrics.\n";
	static char no_method[] = "Only GET and HEAD are answered.\n";
	static char nothing[] = "";
	unsigned int status = MHD_HTTP_OK;
	struct MHD_Response *response;
	const char *type = "text/html";
	enum MHD_Result ret = MHD_NO;
	char *text = page;

	(void)version;
	(void)data;
	/* Answer after the whole request: an answer to its headers would close the connection. */
	if (*state == NULL || *size != 0) {
		*state = arg;
		*size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		status = MHD_HTTP_METHOD_NOT_ALLOWED;
		text = no_method;
	} else if (strcmp(url, "/metrics") == 0) {
		/* After HEAD, libmicrohttpd 0.9.75 may send the last chunk of a page in pieces. */
		text = strcmp(method, MHD_HTTP_METHOD_GET) == 0 ? NULL : nothing;
	} else if (strcmp(url, "/") != 0) {
		status = MHD_HTTP_NOT_FOUND;
		text = no_page;
	}
	response = text == NULL ? respond_metrics(arg, connection, &type) :
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return ret;
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES)
		ret = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);

	return ret;
}

struct MHD_Daemon *
http_start(struct choice *choice, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, respond, choice,
			MHD_OPTION_LISTEN_SOCKET, fd,
			MHD_OPTION_CONNECTION_LIMIT, (unsigned int)MAX_CONNECTIONS,
			MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)TIMEOUT,
			MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
			MHD_OPTION_END);
}
