/*
 * connection_bench PORT COUNT OPEN: posts COUNT events to 127.0.0.1:PORT, one TCP connection each, as the original library does
 * when it is answered with a body; OPEN of them are under way at the same moment. One thread that waits for all of them, since
 * a thread a connection would cost the receiver a wake-up for every answer. Prints "events_per_s VALUE" and "failed COUNT".
 * Built by bench/listener.ts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { OPEN_MAX = 64 };

static char request[1024];
static size_t request_bytes;
static struct sockaddr_in address;
static long left, under_way, failed;
static int ready;

static void fail(int fd)
{
	failed++;
	if (fd >= 0)
		close(fd);
}

/* Connects and sends. On loopback both are done at once; a socket that could not is a failure. */
static void begin_one(void)
{
	left--;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct epoll_event wanted = { .events = EPOLLIN, .data.fd = fd };
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
	    send(fd, request, request_bytes, MSG_NOSIGNAL) != (ssize_t)request_bytes ||
	    epoll_ctl(ready, EPOLL_CTL_ADD, fd, &wanted) != 0) {
		fail(fd);
		return;
	}
	under_way++;
}

static void finish_one(int fd)
{
	char answer[512];
	ssize_t count = recv(fd, answer, sizeof answer, 0);
	under_way--;
	if (count > 12 && memcmp(answer, "HTTP/1.1 204", 12) == 0)
		close(fd);
	else
		fail(fd);
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
	long count = left = atol(argv[2]);
	int open_most = atoi(argv[3]);
	ready = epoll_create1(EPOLL_CLOEXEC);
	if (open_most < 1 || open_most > OPEN_MAX || ready < 0)
		return 2;
	double start = now_s();
	while (left > 0 || under_way > 0) {
		while (left > 0 && under_way < open_most)
			begin_one();
		struct epoll_event found[OPEN_MAX];
		int answered = epoll_wait(ready, found, OPEN_MAX, -1);
		for (int i = 0; i < answered; i++)
			finish_one(found[i].data.fd);
	}
	printf("events_per_s %.0f\nfailed %ld\n", (double)count / (now_s() - start), failed);
	return 0;
}
