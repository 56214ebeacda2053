#!/usr/bin/env python3
"""How many rooms a house carries on 1, 3, 10 and 100 nodes, and what is at its end first. Prints the tables of deploy/README.md.

Nothing here is a promise: it multiplies what one action, one frame, one line were measured to cost by what a room does. Each number says where
it comes from; put your own in its place and run it again. `--json` prints the same for programs.
"""
import json
import sys

# What it costs, measured. Microseconds of one processor, bytes, or as named.
COST = {
    "delivery_us": (13.5, "README, Sizing: up to 230 us for a journaled action and its seventeen deliveries, one core of a shared machine"),
    "note_delivery_us": (18.0, "the least that other note servers take for a delivery (13.5 to 18 us); ours was not measured alone"),
    "datagram_us": (13.0, "README, Hearing and seeing each other: `make bench-media` on a busy machine; the aim is 3"),
    "line_bytes": (14.6e3, "README, Sizing: 14.3 KiB an idle connection, session included"),
    "leg_bytes": (549e3, "README, the same run: 536 KiB for a connection on eleven lines of each kind, the upper figure"),
    "lines_a_node": (12_000, "the server's own bound on open connections (MAX_CONNECTIONS)"),
    "room_bytes": (300e3, "assumed: a room's state, its notes and its texts of views; not measured"),
    "node_bytes": (80e6, "assumed: the program, its packs and its caches"),
    "sqlite_appends": (13_200, "README, Sizing: durable actions a second at 100 rooms, SQLite"),
    "postgres_appends": (1_200, "tests/operate: durable appends a second of 100 rooms, PostgreSQL with fsync, one node. An unoptimised build beside five others at work: the least to expect"),
    "bus_message_us": (40.0, "assumed: both ends of one NATS message; 0.4 ms there and back were seen, most of it waiting"),
}
# What a room does while a session runs: nine people, ninety minutes, everybody's microphone on, one and a half talking.
ROOM = {
    "people": 9,
    "actions_a_second": 0.2,
    "note_updates_a_second": 1.0,
    "voices": 1.5,
    "sound_datagrams": 50,
    # Everybody's camera on, small tiles at 15 pictures a second.
    "picture_datagrams": 60,
}
# A node, and the database's machine.
NODE = {"cores": 4, "memory": 8e9, "busy": 0.6, "network_bits": 1e9}
DATABASE = {"connections": 100, "a_node": 9, "of_others": 5, "busy": 0.6, "nodes_gain": 3.0}
DATAGRAM_BITS = {"sound": 140 * 8, "picture": 1100 * 8}
NODES = (1, 3, 10, 100)


def cost(name):
    return COST[name][0]


def needs(nodes, voices, pictures):
    """What one room takes of a node: cores, bytes, bits a second."""
    people, others = ROOM["people"], ROOM["people"] - 1
    micros = ROOM["actions_a_second"] * people * cost("delivery_us") + ROOM["note_updates_a_second"] * others * cost("note_delivery_us")
    # A line lands on any node: all but one in `nodes` are relayed, one message for each node and change.
    relayed = min(people, nodes - 1) * (nodes - 1) / nodes
    micros += (ROOM["actions_a_second"] + ROOM["note_updates_a_second"]) * relayed * cost("bus_message_us")
    sound = ROOM["voices"] * ROOM["sound_datagrams"] * others if voices else 0
    seen = people * others * ROOM["picture_datagrams"] if pictures else 0
    micros += (sound + seen) * cost("datagram_us")
    memory = cost("room_bytes") + people * (cost("line_bytes") + (cost("leg_bytes") if voices else 0))
    bits = sound * DATAGRAM_BITS["sound"] + seen * DATAGRAM_BITS["picture"]
    return micros / 1e6, memory, bits


def ends(nodes, voices, pictures):
    """How many rooms each thing carries, and which of them ends first."""
    cores, memory, bits = needs(nodes, voices, pictures)
    writes = ROOM["actions_a_second"] + ROOM["note_updates_a_second"]
    if nodes == 1:
        appends = cost("sqlite_appends") * NODE["busy"]
        database = "the writer of SQLite"
    else:
        # More nodes write in parallel, up to what one machine's disk and log give.
        appends = cost("postgres_appends") * min(nodes, DATABASE["nodes_gain"]) * DATABASE["busy"]
        database = "PostgreSQL's commits"
    return {
        "the nodes' processors": nodes * NODE["cores"] * NODE["busy"] / cores,
        "the nodes' memory": nodes * (NODE["memory"] * NODE["busy"] - cost("node_bytes")) / memory,
        "the nodes' network": nodes * NODE["network_bits"] * NODE["busy"] / bits if bits else float("inf"),
        "the nodes' places for connections": nodes * cost("lines_a_node") / ROOM["people"],
        database: appends / writes,
    }


def connections(nodes):
    return 0 if nodes == 1 else nodes * DATABASE["a_node"] + DATABASE["of_others"]


def rounded(number):
    """Two figures: more would claim to know."""
    digits = max(len(str(int(number))) - 2, 0)
    return int(round(number, -digits))


def row(nodes, voices, pictures):
    all_ends = ends(nodes, voices, pictures)
    first = min(all_ends, key=all_ends.get)
    second = sorted(all_ends, key=all_ends.get)[1]
    rooms = rounded(all_ends[first])
    return {
        "nodes": nodes,
        "rooms": rooms,
        "people": rounded(rooms * ROOM["people"]),
        "first": first,
        "then": f"{second} at {rounded(all_ends[second]):,} rooms",
        "connections": connections(nodes),
        "too_many_connections": connections(nodes) > DATABASE["connections"],
    }


def table(voices, pictures):
    lines = [
        "| nodes | rooms at once | people | at its end first | next | connections to PostgreSQL |",
        "|---|---|---|---|---|---|",
    ]
    for nodes in NODES:
        one = row(nodes, voices, pictures)
        much = f"{one['connections']}, more than the usual {DATABASE['connections']}" if one["too_many_connections"] else str(one["connections"] or "none")
        lines.append(f"| {nodes} | {one['rooms']:,} | {one['people']:,} | {one['first']} | {one['then']} | {much} |")
    return "\n".join(lines)


KINDS = (("Words and notes alone", False, False), ("With voices", True, False), ("With voices, and everybody's picture", True, True))


def main():
    if "--json" in sys.argv:
        print(json.dumps({name: [row(nodes, voices, pictures) for nodes in NODES] for name, voices, pictures in KINDS}, indent=1))
        return
    for name, voices, pictures in KINDS:
        print(f"**{name}**\n\n{table(voices, pictures)}\n")
    print("| what it is reckoned from | | where it comes from |\n|---|---|---|")
    for name, (number, source) in COST.items():
        print(f"| `{name}` | {number:,.10g} | {source} |")


main()
