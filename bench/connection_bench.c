/*
 * connection_bench PORT COUNT THREADS: posts COUNT events to 127.0.0.1:PORT, one TCP connection each, as the original library
 * does when it is answered with a body. Prints "events_per_s VALUE" and "failed COUNT". Built by bench/listener.ts.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char request[1024];
static size_t request_bytes;
static struct sockaddr_in address;
static atomic_long left, failed;

/* 0 when the event was answered 204. */
static int post_one(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	char answer[512];
	int code = -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
	    send(fd, request, request_bytes, MSG_NOSIGNAL) == (ssize_t)request_bytes) {
		ssize_t count = recv(fd, answer, sizeof answer - 1, 0);
		if (count > 12 && memcmp(answer, "HTTP/1.1 204", 12) == 0)
			code = 0;
	}
	close(fd);
	return code;
}

static void *work(void *unused)
{
	(void)unused;
	while (atomic_fetch_sub(&left, 1) > 0)
		if (post_one() != 0)
			atomic_fetch_add(&failed, 1);
	return NULL;
}

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	static const char body[] = "{\"event\":\"bench_event\",\"payload\":{\"traddr\":\"0000:3b:00.0\",\"ctrlr_name\":\"nvme0\","
				   "\"bdev_count\":1},\"timestamp\":1763541234}";
	int written = snprintf(request, sizeof request,
			       "POST /mimo/events HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nUser-Agent: Go-http-client/1.1\r\n"
			       "Content-Length: %zu\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n%s",
			       argv[1], strlen(body), body);
	request_bytes = (size_t)written;
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)atoi(argv[1]));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	long count = atol(argv[2]);
	int threads = atoi(argv[3]);
	if (threads < 1 || threads > 64)
		return 2;
	atomic_store(&left, count);
	pthread_t ids[64];
	double start = now_s();
	for (int i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, work, NULL) != 0)
			return 3;
	for (int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	printf("events_per_s %.0f\nfailed %ld\n", (double)count / (now_s() - start), atomic_load(&failed));
	return 0;
}
