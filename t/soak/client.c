/*
 * The clients of t/soak/soak.py:
 *
 *     client mutate PORT COUNT SEED < SEEDS
 *     client slow PORT SLOW IDLE
 *
 * mutate sends COUNT bodies, each made from one of SEEDS (lines of a path and
 * a body) by mutations of its structure or its bytes, and prints how often
 * each status was answered; the same seed gives the same bodies.  slow keeps
 * SLOW connections open that send a byte a second, and IDLE ones that have
 * had an answer, until its standard input ends.
 */


#define _GNU_SOURCE                     /* memmem() */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mutate.h"


#define SOAK_CONNECTIONS  8
#define SOAK_BATCH        16            /* requests sent at once */
#define SOAK_ROOM         (SOAK_BODY_MAX + 256)


typedef struct {
    int     fd;
    int     sent;                       /* of the batch, not answered yet */
    char   *request[SOAK_BATCH];
    size_t  len[SOAK_BATCH];
    char    in[65536];
    size_t  have;
} soak_connection_t;


static long  statuses[600];
static long  broken;                    /* no answer on two connections */


static void
die(const char *what)
{
    perror(what);
    exit(1);
}


static int
soak_connect(int port)
{
    int                 fd, on;
    struct sockaddr_in  address;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t) port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    on = 1;

    fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd == -1
        || connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0)
    {
        die("connect");
    }

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    return fd;
}


static void
soak_write(int fd, const char *p, size_t len)
{
    ssize_t  n;

    /* who has been refused in the middle of a body reads why */

    for ( /* void */ ; len > 0; p += n, len -= (size_t) n) {
        n = send(fd, p, len, MSG_NOSIGNAL);

        if (n <= 0) {
            return;
        }
    }
}


/* the length of the answer that c->in begins with; 0: it is not all there */
static size_t
soak_answer(const soak_connection_t *c, int *status)
{
    char        *end;
    size_t       head, len;
    const char  *length;

    end = memmem(c->in, c->have, "\r\n\r\n", 4);

    if (end == NULL || sscanf(c->in, "HTTP/1.1 %d", status) != 1) {
        return 0;
    }

    head = (size_t) (end + 4 - c->in);
    length = memmem(c->in, head, "Content-Length: ", 16);
    len = head + (length ? strtoul(length + 16, NULL, 10) : 0);

    return len <= c->have ? len : 0;
}


/* -1: the connection is closed */
static int
soak_read(soak_connection_t *c, int *status)
{
    size_t   len;
    ssize_t  n;

    while ((len = soak_answer(c, status)) == 0) {
        n = recv(c->fd, c->in + c->have, sizeof(c->in) - 1 - c->have, 0);

        if (n <= 0) {
            return -1;
        }

        c->have += (size_t) n;
        c->in[c->have] = '\0';
    }

    c->have -= len;
    memmove(c->in, c->in + len, c->have + 1);

    return 0;
}


static void
soak_send(soak_connection_t *c)
{
    int  i;

    for (i = 0; i < c->sent; i++) {
        soak_write(c->fd, c->request[i], c->len[i]);
    }
}


/* all answers; what a closed connection leaves over is sent on another */
static void
soak_answers(soak_connection_t *c, int port)
{
    int    i, status, tries;
    char  *request;

    for (tries = 0; c->sent > 0; /* void */ ) {

        if (soak_read(c, &status) == 0) {
            statuses[status < 600 ? status : 0]++;
            tries = 0;
            c->sent--;
            request = c->request[0];

            for (i = 0; i < c->sent; i++) {
                c->request[i] = c->request[i + 1];
                c->len[i] = c->len[i + 1];
            }

            c->request[c->sent] = request;
            continue;
        }

        if (tries++ > 0) {
            broken++;
            c->sent--;
            tries = 0;
        }

        close(c->fd);
        c->fd = soak_connect(port);
        c->have = 0;
        soak_send(c);
    }
}


static void
soak_request(soak_connection_t *c, const soak_seed_t *seeds, int n)
{
    size_t              len;
    const soak_seed_t  *seed;
    static char         body[SOAK_BODY_MAX];

    seed = &seeds[soak_below((uint32_t) n)];
    len = soak_mutate(body, seeds, n, seed);

    c->len[c->sent] = (size_t) sprintf(c->request[c->sent],
                                       "POST %s HTTP/1.1\r\nHost: x\r\n"
                                       "Content-Type: application/json\r\n"
                                       "Content-Length: %zu\r\n\r\n",
                                       seed->path, len);
    memcpy(c->request[c->sent] + c->len[c->sent], body, len);
    c->len[c->sent++] += len;
}


static int
soak_mutants(int port, long count, uint64_t seed)
{
    int                        i, k, n;
    long                       left;
    soak_seed_t               *seeds;
    static soak_connection_t   c[SOAK_CONNECTIONS];

    n = soak_seeds(&seeds);
    soak_seed(seed);

    for (i = 0; i < SOAK_CONNECTIONS; i++) {
        c[i].fd = soak_connect(port);

        for (k = 0; k < SOAK_BATCH; k++) {
            c[i].request[k] = malloc(SOAK_ROOM);
        }
    }

    for (left = count; left > 0; /* void */ ) {
        for (i = 0; i < SOAK_CONNECTIONS && left > 0; i++) {
            /* nothing may follow what is too large: nginx closes then */

            do {
                soak_request(&c[i], seeds, n);
            } while (--left > 0 && c[i].sent < SOAK_BATCH
                     && c[i].len[c[i].sent - 1] < 16384);

            soak_send(&c[i]);
        }

        for (i = 0; i < SOAK_CONNECTIONS; i++) {
            soak_answers(&c[i], port);
        }
    }

    printf("{\"broken\": %ld", broken);

    for (i = 0; i < 600; i++) {
        if (statuses[i]) {
            printf(", \"%d\": %ld", i, statuses[i]);
        }
    }

    printf("}\n");

    return 0;
}


static int
soak_slow(int port, int slow, int idle)
{
    int               i, *fds, turn;
    char              answer[4096];
    struct pollfd     in;
    struct timespec   pause;

    static const char  request[] =
        "POST /predict HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nContent-Length: 999\r\n\r\n";
    static const char  get[] = "GET /card HTTP/1.1\r\nHost: x\r\n\r\n";

    fds = malloc(sizeof(int) * (size_t) (slow + idle));

    for (i = 0; i < slow + idle; i++) {
        fds[i] = soak_connect(port);

        if (i < idle) {
            soak_write(fds[i], get, sizeof(get) - 1);

            if (recv(fds[i], answer, sizeof(answer), 0) <= 0) {
                die("recv");
            }
        }
    }

    printf("ready\n");
    fflush(stdout);
    in.fd = 0;
    in.events = POLLIN;

    /* a hundredth of them every 10 ms, each once a second */

    for (turn = 0; poll(&in, 1, 0) == 0; turn++) {
        for (i = idle + turn % 100; i < slow + idle; i += 100) {
            soak_write(fds[i], turn / 100 < (int) sizeof(request) - 1
                               ? &request[turn / 100] : "x", 1);
        }

        pause = (struct timespec) { 0, 10000000 };
        nanosleep(&pause, NULL);
    }

    return 0;
}


int
main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "mutate") == 0) {
        return soak_mutants(atoi(argv[2]), atol(argv[3]),
                            strtoull(argv[4], NULL, 10));
    }

    if (argc == 5 && strcmp(argv[1], "slow") == 0) {
        return soak_slow(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
    }

    fprintf(stderr, "usage: client mutate PORT COUNT SEED | "
                    "slow PORT SLOW IDLE\n");

    return 2;
}
