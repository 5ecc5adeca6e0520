/* A CLAP plugin that tells what its host does. Structures after the headers of CLAP 1.2.

   It gives GAIN times the sound plus an offset, DELAY samples later; the offset lies in its state alone. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <stdlib.h>

#define DELAY 3
#define CLAP_VERSION {1, 2, 0}

typedef struct { uint32_t major, minor, revision; } version_t;
typedef struct host {
    version_t version;
    void *data;
    const char *name, *vendor, *url, *host_version;
    const void *(*get_extension)(const struct host *, const char *);
    void (*request_restart)(const struct host *);
    void (*request_process)(const struct host *);
    void (*request_callback)(const struct host *);
} host_t;
typedef struct {
    version_t version;
    const char *id, *name, *vendor, *url, *manual_url, *support_url, *plugin_version, *description;
    const char *const *features;
} descriptor_t;
typedef struct { bool (*is_main)(const host_t *); bool (*is_audio)(const host_t *); } thread_check_t;
typedef struct { uint32_t size, time; uint16_t space, type; uint32_t flags; } header_t;
typedef struct {
    header_t header;
    uint32_t id;
    void *cookie;
    int32_t note;
    int16_t port, channel, key;
    double value;
} value_t;
typedef struct events {
    void *context;
    uint32_t (*size)(const struct events *);
    const header_t *(*get)(const struct events *, uint32_t);
} events_t;
typedef struct pushed { void *context; bool (*try_push)(const struct pushed *, const header_t *); } pushed_t;
typedef struct { float **data32; double **data64; uint32_t channels, latency; uint64_t constant; } buffer_t;
typedef struct {
    int64_t time;
    uint32_t n;
    const void *transport;
    const buffer_t *in;
    buffer_t *out;
    uint32_t in_count, out_count;
    const events_t *in_events;
    const pushed_t *out_events;
} process_t;
typedef struct plugin {
    const descriptor_t *descriptor;
    void *data;
    bool (*init)(const struct plugin *);
    void (*destroy)(const struct plugin *);
    bool (*activate)(const struct plugin *, double, uint32_t, uint32_t);
    void (*deactivate)(const struct plugin *);
    bool (*start)(const struct plugin *);
    void (*stop)(const struct plugin *);
    void (*reset)(const struct plugin *);
    int32_t (*process)(const struct plugin *, const process_t *);
    const void *(*get_extension)(const struct plugin *, const char *);
    void (*on_main_thread)(const struct plugin *);
} plugin_t;
typedef struct {
    uint32_t id, flags;
    void *cookie;
    char name[256], module[1024];
    double low, high, preset;
} info_t;
typedef struct {
    uint32_t id;
    char name[256];
    uint32_t flags, channels;
    const char *type;
    uint32_t pair;
} port_t;
typedef struct stream { void *context; int64_t (*move)(struct stream *, void *, uint64_t); } stream_t;

enum { GAIN = 7, STEPS = 9, WRONG = 11, CALLBACKS = 13, EVENTS = 15 };
typedef struct {
    plugin_t plugin;
    const host_t *host;
    const thread_check_t *threads;
    double gain, steps, wrong, callbacks, events;
    float offset, line[2][DELAY];
} probe_t;

#define SELF probe_t *self = plugin->data

static void expect(probe_t *self, bool holds, int bit) { if (!holds) self->wrong = (int)self->wrong | bit; }

static bool init(const plugin_t *plugin)
{
    SELF;
    self->threads = self->host->get_extension(self->host, "clap.thread-check");
    expect(self, self->threads != NULL, 1);
    expect(self, self->host->get_extension(self->host, "clap.no-such-thing") == NULL, 2);
    expect(self, self->host->get_extension(self->host, "clap.thread-check-not") == NULL, 2);
    return self->threads != NULL;
}
static void destroy(const plugin_t *plugin) { free(plugin->data); }
static bool activate(const plugin_t *plugin, double rate, uint32_t low, uint32_t high)
{
    SELF;
    expect(self, self->threads->is_main(self->host) && rate == 48000 && low == 1 && high >= 1, 4);
    memset(self->line, 0, sizeof self->line);
    return true;
}
static void deactivate(const plugin_t *plugin) { SELF; expect(self, self->threads->is_main(self->host), 8); }
static bool start(const plugin_t *plugin) { SELF; expect(self, self->threads->is_audio(self->host), 16); return true; }
static void stop(const plugin_t *plugin) { SELF; expect(self, self->threads->is_audio(self->host), 32); }
static void reset(const plugin_t *plugin) {}

static void take(probe_t *self, const events_t *events)
{
    for (uint32_t i = 0; i < events->size(events); i++) {
        const value_t *event = (const value_t *)events->get(events, i);
        if (event->header.type != 5 || event->header.space != 0 || event->header.size != sizeof(value_t)) continue;
        if (event->id == GAIN) self->gain = event->value;
        if (event->id == STEPS) self->steps = event->value;
        self->events += 1;
    }
}
static int32_t process(const plugin_t *plugin, const process_t *p)
{
    SELF;
    expect(self, self->threads->is_audio(self->host), 64);
    expect(self, !self->threads->is_main(self->host), 128);
    take(self, p->in_events);
    value_t shown = {{sizeof(value_t), 0, 0, 5, 0}, WRONG, NULL, -1, -1, -1, -1, self->wrong};
    expect(self, p->out_events->try_push(p->out_events, &shown.header), 256);
    if (p->in[0].data32[0][0] == -9.0f) return 0;
    if (p->in[0].data32[0][0] == 9.0f) self->host->request_callback(self->host);
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t i = 0; i < p->n; i++) {
            float late = self->line[c][0];
            memmove(self->line[c], self->line[c] + 1, (DELAY - 1) * sizeof(float));
            self->line[c][DELAY - 1] = (float)self->gain * p->in[0].data32[c][i] + self->offset;
            p->out[0].data32[c][i] = late;
        }
    return 1;
}
static void on_main_thread(const plugin_t *plugin)
{
    SELF;
    expect(self, self->threads->is_main(self->host), 512);
    self->callbacks += 1;
}

static uint32_t port_count(const plugin_t *plugin, bool is_input) { return 1; }
static bool port(const plugin_t *plugin, uint32_t index, bool is_input, port_t *info)
{
    memset(info, 0, sizeof *info);
    strcpy(info->name, "Main");
    info->flags = 1;
    info->channels = is_input ? INPUTS : 2;
    return true;
}
static const struct { void *count, *get; } ports = {port_count, port};

static uint32_t count(const plugin_t *plugin) { return 5; }
static bool info(const plugin_t *plugin, uint32_t index, info_t *info)
{
    static const info_t all[] = {
        {GAIN, 1 << 5, NULL, "Gain", "", 0, 2, 1},      {STEPS, 1 << 5 | 1, NULL, "Gain", "Stairs", 0, 4, 2},
        {WRONG, 1 << 3, NULL, "Wrong", "", 0, 1e9, 0},  {CALLBACKS, 1 << 3, NULL, "Callbacks", "", 0, 1e9, 0},
        {EVENTS, 1 << 3, NULL, "Events", "", 0, 1e9, 0}};
    *info = all[index];
    return true;
}
static bool value(const plugin_t *plugin, uint32_t id, double *out)
{
    SELF;
    *out = id == GAIN ? self->gain : id == STEPS ? self->steps : id == WRONG ? self->wrong
         : id == CALLBACKS ? self->callbacks : self->events;
    return true;
}
static bool to_text(const plugin_t *plugin, uint32_t id, double value, char *out, uint32_t size)
{
    static const char *const names[] = {"none", "one", "two", "three", "four"};
    strncpy(out, id == STEPS ? names[(int)value] : "6.0 dB", size);
    return true;
}
static bool to_value(const plugin_t *plugin, uint32_t id, const char *text, double *out) { return false; }
static void flush(const plugin_t *plugin, const events_t *in, const pushed_t *out) { SELF; take(self, in); }
static const struct { void *count, *info, *value, *to_text, *to_value, *flush; } params =
    {count, info, value, to_text, to_value, flush};

static uint32_t latency(const plugin_t *plugin) { return DELAY; }
static const struct { void *get; } latencies = {latency};

static bool save(const plugin_t *plugin, stream_t *stream)
{
    SELF;
    float both[2] = {(float)self->gain, self->offset};
    return stream->move(stream, both, sizeof both) == sizeof both;
}
static bool load(const plugin_t *plugin, stream_t *stream)
{
    SELF;
    float both[2];
    char rest;
    for (size_t done = 0; done < sizeof both; done += 2)
        if (stream->move(stream, (char *)both + done, 2) != 2) return false;
    if (stream->move(stream, &rest, 1) != 0) return false;
    self->gain = both[0];
    self->offset = both[1];
    return true;
}
static const struct { void *save, *load; } states = {save, load};

static const void *get_extension(const plugin_t *plugin, const char *id)
{
    if (!strcmp(id, "clap.audio-ports")) return &ports;
    if (!strcmp(id, "clap.params")) return &params;
    if (!strcmp(id, "clap.latency")) return &latencies;
    if (!strcmp(id, "clap.state")) return &states;
    return NULL;
}

static const descriptor_t descriptor = {CLAP_VERSION, "test.probe", "Probe", "Nobody", "", "", "", "1", "", NULL};
static uint32_t plugin_count(const void *factory) { return 1; }
static const descriptor_t *describe(const void *factory, uint32_t index) { return &descriptor; }
static const plugin_t *create(const void *factory, const host_t *host, const char *id)
{
    if (strcmp(id, descriptor.id)) return NULL;
    probe_t *self = calloc(1, sizeof(probe_t));
    self->plugin = (plugin_t){&descriptor, self,  init,    destroy,       activate,      deactivate, start,
                              stop,        reset, process, get_extension, on_main_thread};
    self->host = host;
    self->gain = 1;
    self->steps = 2;
    return &self->plugin;
}
static const struct { void *count, *describe, *create; } factory = {plugin_count, describe, create};

static bool begin(const char *path) { return true; }
static void end(void) {}
static const void *get_factory(const char *id) { return strcmp(id, "clap.plugin-factory") ? NULL : &factory; }
__attribute__((visibility("default"))) const struct { version_t version; void *begin, *end, *get_factory; } clap_entry =
    {CLAP_VERSION, begin, end, get_factory};
