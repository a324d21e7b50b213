#include "relay/base/bytes.h"
#include "relay/ledger/envelope.h"
#include "relay/ledger/genesis.h"
#include "relay/net/net.h"
#include "relay/node/main_kit.h"
#include "relay/node/testnet.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PORTS 10u /* of a process */

uint16_t base_port;
uint64_t kit_sent, kit_lost;
uint32_t kit_t0_ms, kit_heartbeat_ms;
unsigned kit_targets = NODES, kit_tx = 3;
yq_digest kit_signer;
unsigned char node_key[PROCESSES][64];
static struct event_base *loop;
static yq_net *net;
static yq_key *probe_key, *observer_key[PROCESSES - OBSERVER], *admin;
static yq_digest chain_id_hash, node_id[NODES];

/* ---- the probe ------------------------------------------------------------------------------ */

static int admit(void *self, const yq_digest *id, uint8_t *key)
{
    (void)self;
    for (unsigned i = 0; i < NODES; i++) {
        if (memcmp(node_id[i].b, id->b, YQ_DIGEST_SIZE) == 0) {
            memcpy(key, node_key[i], 64);
            return 1;
        }
    }
    return 0;
}

static void on_link(void *self, uint32_t peer, const yq_digest *id)
{
    (void)self;
    (void)peer;
    (void)id;
}

static yq_status on_frame(void *self, uint32_t peer, yq_frame_type type, yq_slice body)
{
    (void)self;
    (void)peer;
    (void)type;
    (void)body;
    return YQ_OK;
}

static void stop_loop(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(arg);
}

void run_ms(int ms)
{
    struct timeval t = {ms / 1000, ms % 1000 * 1000L};
    event_base_once(loop, -1, EV_TIMEOUT, stop_loop, loop, &t);
    event_base_dispatch(loop);
}

void build_envelope(yq_buf *out)
{
    static const uint8_t unknown_method[] = {0x7f, 0xff, 0, 1, 0x80};
    yq_slice tx[256];
    for (unsigned i = 0; i < kit_tx; i++) {
        tx[i] = YQ_SLICE_OF(unknown_method); /* executes to a code; its envelope is spent */
    }
    kit_sent++;
    yq_envelope_plan plan = {
        .alg = YQ_HASH_SM3,
        .suite = YQ_SUITE_SM2,
        .key = admin,
        .chain_id_hash = chain_id_hash,
        .seq = kit_sent,
        .valid_until_ms = now_ms() + 600000,
    };
    CHECK(yq_envelope_build(&plan, tx, kit_tx, out, NULL) == YQ_OK);
}

int probe_linked(unsigned i)
{
    yq_net_peer_view view;
    uint32_t peer;
    return node[i].pid > 0 && yq_net_find(net, &node_id[i], &peer) &&
           yq_net_look(net, peer, &view) && view.linked;
}

void send_envelope(unsigned to)
{
    uint8_t room[8192];
    yq_buf out = {room, sizeof room, 0};
    build_envelope(&out);
    for (unsigned k = 0; k < kit_targets; k++) {
        unsigned i = (to + k) % kit_targets;
        uint32_t peer;
        if (probe_linked(i) && yq_net_find(net, &node_id[i], &peer) &&
            yq_net_send(net, peer, YQ_FRAME_ENVELOPE, yq_slice_of(out.p, out.n)) == YQ_OK) {
            return;
        }
    }
    kit_lost++;
}

void link_probe(void)
{
    yq_fault why = {0};
    yq_net_config config = {
        .base = loop,
        .key = probe_key,
        .chain_id_hash = chain_id_hash,
        .ops = {NULL, admit, on_link, on_link, on_frame},
    };
    CHECK(yq_net_new(&net, &config, &why) == YQ_OK);
    yq_net_counters count = {0};
    for (unsigned i = 0; i < NODES; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "127.0.0.1:%u", base_port + PORTS * i);
        CHECK(yq_net_add(net, &node_id[i], "node", address) == YQ_OK);
    }
    WAIT_UNTIL((yq_net_count(net, &count), count.linked >= 2));
}

void unlink_probe(void)
{
    yq_net_free(net);
    net = NULL;
    yq_key_free(admin);
    yq_key_free(probe_key);
    for (unsigned i = 0; i < PROCESSES - OBSERVER; i++) {
        yq_key_free(observer_key[i]);
    }
    event_base_free(loop);
}

int all_at_least(const char *name, uint64_t value, unsigned but)
{
    for (unsigned i = 0; i < NODES; i++) {
        if (i != but && metric(i, name) < value) {
            return 0;
        }
    }
    return 1;
}

int all_equal(const char *name, unsigned count)
{
    uint64_t first = metric(0, name);
    for (unsigned i = 1; i < count; i++) {
        if (metric(i, name) != first) {
            return 0;
        }
    }
    return first > 0;
}

/* ---- the network ---------------------------------------------------------------------------- */

static int port_free(unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int ok = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
    (void)close(fd);
    return ok;
}

static void find_ports(void)
{
    /* Below the range from which the system takes the ports of outgoing connections. */
    unsigned first = (unsigned)getpid() % 150;
    for (unsigned i = 0; i < 150; i++) {
        unsigned port = 20000 + (first + i) % 150 * PORTS * PROCESSES, free_n = 0;
        for (unsigned k = 0; k < PORTS * PROCESSES; k++) {
            free_n += port_free(port + k) ? 1u : 0u;
        }
        if (free_n == PORTS * PROCESSES) {
            base_port = (uint16_t)port;
            return;
        }
    }
    CHECK(base_port != 0);
}

/* Puts text behind a line of a node's configuration. */
static void add_line(unsigned i, const char *behind, const char *text)
{
    static char before[64u << 10], after[65u << 10];
    char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/config.yaml", node[i].home);
    CHECK(read_file(path, before, sizeof before) > 0);
    char *at = strstr(before, behind);
    CHECK(at != NULL);
    at += strlen(behind);
    (void)snprintf(after, sizeof after, "%.*s%s%s", (int)(at - before), before, text, at);
    write_file(path, after);
}

/* Names who is no validator. */
static void add_peer(unsigned i, const char *name, const yq_key *key)
{
    char hex[129], text[256];
    yq_hex_encode(hex, sizeof hex, yq_key_public(key).p, 64);
    (void)snprintf(text, sizeof text, "    - name: %s\n      key: %s\n", name, hex);
    add_line(i, "  nodes:\n", text);
}

static void read_keys(void)
{
    static char room[YQ_GENESIS_SIZE_MAX];
    static yq_genesis genesis;
    char path[PATH_SIZE];
    yq_fault why = {0};
    (void)snprintf(path, sizeof path, "%s/net/node0/genesis.bin", kit_dir);
    size_t n = read_file(path, room, sizeof room);
    CHECK(yq_genesis_decode(yq_slice_of(room, n), &genesis, &why) == YQ_OK);
    yq_genesis_chain_hash(&genesis, yq_slice_of(room, n), &chain_id_hash);
    for (unsigned i = 0; i < NODES; i++) {
        yq_key *key;
        (void)snprintf(path, sizeof path, "%s/net/node%u/keys/validator.pem", kit_dir, i);
        CHECK(yq_key_read(path, NULL, &key, &why) == YQ_OK);
        memcpy(node_key[i], yq_key_public(key).p, 64);
        yq_signer_id(YQ_SUITE_SM2, yq_key_public(key), &node_id[i]);
        yq_key_free(key);
    }
    (void)snprintf(path, sizeof path, "%s/net/admin/org0.pem", kit_dir);
    CHECK(yq_key_read(path, NULL, &admin, &why) == YQ_OK);
    yq_signer_id(YQ_SUITE_SM2, yq_key_public(admin), &kit_signer);
}

/* An observer that knows two of the nodes; everything else is as for a validator. */
static void make_observer(unsigned i)
{
    char path[PATH_SIZE + 32], from[PATH_SIZE + 32], text[2048], hex[2][129];
    const yq_key *key = observer_key[i - OBSERVER];
    unsigned port = base_port + PORTS * i;
    yq_fault why = {0};
    (void)snprintf(path, sizeof path, "%s/keys", node[i].home);
    CHECK(mkdir(node[i].home, 0755) == 0 && mkdir(path, 0700) == 0);
    (void)snprintf(path, sizeof path, "%s/keys/node.pem", node[i].home);
    CHECK(yq_key_write(key, path, NULL, &why) == YQ_OK);
    memcpy(node_key[i], yq_key_public(key).p, 64);
    (void)snprintf(from, sizeof from, "%s/genesis.bin", node[0].home);
    (void)snprintf(path, sizeof path, "%s/genesis.bin", node[i].home);
    copy_all(from, path);
    yq_hex_encode(hex[0], sizeof hex[0], node_key[0], 64);
    yq_hex_encode(hex[1], sizeof hex[1], node_key[1], 64);
    (void)snprintf(
        text,
        sizeof text,
        "node: {role: observer, key: keys/node.pem}\n"
        "peers:\n  listen: 127.0.0.1:%u\n  nodes:\n"
        "    - {name: node0, key: %s, address: '127.0.0.1:%u'}\n"
        "    - {name: node1, key: %s, address: '127.0.0.1:%u'}\n"
        "api: {listen: '127.0.0.1:%u'}\nmetrics: {listen: '127.0.0.1:%u'}\n",
        port,
        hex[0],
        (unsigned)base_port,
        hex[1],
        base_port + PORTS,
        port + 2,
        port + 3);
    (void)snprintf(path, sizeof path, "%s/config.yaml", node[i].home);
    write_file(path, text);
}

static void set_timers(unsigned i)
{
    char text[64];
    (void)snprintf(text, sizeof text, "  t0_ms: %u\n", kit_t0_ms);
    if (kit_t0_ms != 0) {
        add_line(i, "node:\n", text);
    }
    (void)snprintf(text, sizeof text, "  heartbeat_ms: %u\n", kit_heartbeat_ms);
    if (kit_heartbeat_ms != 0) {
        add_line(i, "node:\n", text);
    }
}

void make_network(void)
{
    char path[PATH_SIZE], name[16];
    yq_fault why = {0};
    (void)snprintf(path, sizeof path, "%s/net", kit_dir);
    loop = event_base_new();
    CHECK(loop != NULL);
    find_ports();
    yq_testnet_plan plan = {path, "henan-main", NODES, base_port, now_ms(), 86400000, 0};
    CHECK(yq_testnet_init(&plan, &why) == YQ_OK);
    probe_key = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    for (unsigned i = 0; i < PROCESSES; i++) {
        (void)snprintf(name, sizeof name, i < OBSERVER ? "node%u" : "observer%u", i);
        (void)snprintf(node[i].home, sizeof node[i].home, "%s/net/%s", kit_dir, name);
        (void)snprintf(node[i].log, sizeof node[i].log, "%s/%s.log", kit_dir, name);
    }
    read_keys();
    for (unsigned k = OBSERVER; k < PROCESSES; k++) {
        observer_key[k - OBSERVER] = yq_key_generate(YQ_SIG_SM2_MESSAGE);
        (void)snprintf(name, sizeof name, "observer%u", k);
        for (unsigned i = 0; i < NODES; i++) {
            add_peer(i, name, observer_key[k - OBSERVER]);
        }
        make_observer(k);
    }
    for (unsigned i = 0; i < NODES; i++) {
        add_peer(i, "probe", probe_key);
        set_timers(i);
    }
}
