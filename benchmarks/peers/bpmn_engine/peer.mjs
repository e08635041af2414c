// npm's bpmn-engine behind the line protocol of benchmarks/peer.py: the drawings of work.py, one row a case in SQLite.
//
// A completion is: signal the waiting user task with the form, take the state of the engine, and in one transaction UPDATE the
// case, INSERT the event with the form, COMMIT (WAL, synchronous=FULL). "live" keeps the engine of the case in memory between
// completions; "recovered" reads the row, recovers and resumes the engine each time, as a server of many cases would.
// SQLite is Node's own (node:sqlite): better-sqlite3 compiles at installation, and scripts of packages are not run here.
// The engine forgets what a task brought; an extension keeps it, as its documentation advises.
// node peer.mjs FILE FOLDER_OF_DRAWINGS live|recovered

import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { Engine } from "bpmn-engine";

const [, , file, folder, how] = process.argv;
const database = new DatabaseSync(file);
database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
database.exec(`CREATE TABLE cases (id INTEGER PRIMARY KEY, state TEXT NOT NULL);
  CREATE TABLE events (id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, task TEXT NOT NULL, body TEXT NOT NULL)`);
const insert = database.prepare("INSERT INTO cases (id, state) VALUES (?, ?)");
const select = database.prepare("SELECT state FROM cases WHERE id = ?");
const update = database.prepare("UPDATE cases SET state = ? WHERE id = ?");
const tell = database.prepare("INSERT INTO events (case_id, task, body) VALUES (?, ?, ?)");

const sources = { W1: readFileSync(`${folder}/W1.bpmn`), W2: readFileSync(`${folder}/W2.bpmn`) };
const extensions = {
  keep(activity) {
    activity.on("end", (api) => {
      if (api.content.output) activity.environment.output[`${activity.id}_${api.executionId}`] = api.content.output;
    });
  },
};

class Case {
  constructor(id) {
    this.id = id;
    this.waiting = [];
    this.listener = new EventEmitter();
    this.listener.on("activity.wait", (api) => this.waiting.push(api));
  }
  async begin(matter) {
    this.engine = new Engine({ name: matter, source: sources[matter], extensions });
    this.execution = await this.engine.execute({ listener: this.listener });
    insert.run(this.id, this.state());
    return this;
  }
  async recover() {
    this.engine = new Engine({ name: "case", extensions }).recover(JSON.parse(select.get(this.id).state));
    this.execution = await this.engine.resume({ listener: this.listener });
    return this;
  }
  state() {
    return JSON.stringify(this.execution.getState());
  }
  complete(form) {
    const task = this.waiting.shift();
    task.signal(form);
    database.exec("BEGIN IMMEDIATE");
    update.run(this.state(), this.id);
    tell.run(this.id, task.id, JSON.stringify(form));
    database.exec("COMMIT");
    return task.id;
  }
}

let count = 0;
let open;
for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  if (told.begin) {
    open = await new Case(++count).begin(told.begin);
    console.log(JSON.stringify({ begun: told.begin }));
  } else if (!open.waiting.length) {
    console.log(JSON.stringify({ over: true }));
  } else {
    const began = performance.now();
    if (how === "recovered") open = await new Case(count).recover();
    const task = open.complete(told.complete);
    console.log(JSON.stringify({ ms: performance.now() - began, counts: task !== "deliver" }));
  }
}
