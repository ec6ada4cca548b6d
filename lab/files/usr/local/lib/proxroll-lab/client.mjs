#!/usr/bin/node
// Stands in for Proxmox's own programs: asks the lab's cluster under the name it was called by, prints the answer, ends with its code.
// The connection stays open meanwhile: the cluster learns from its end that this program was killed.
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { basename } from 'node:path';

const socket = connect('/run/proxroll-lab/cluster.sock');
let answer = '';
socket.setEncoding('utf8');
socket.on('connect', () =>
  socket.write(`${JSON.stringify({ host: hostname(), argv: [basename(process.argv[1]), ...process.argv.slice(2)] })}\n`),
);
socket.on('data', (text) => {
  answer += text;
});
socket.on('error', (error) => {
  process.stderr.write(`ipcc_send_rec[1] failed: Connection refused (${error.message})\n`);
  process.exitCode = 111;
});
socket.on('end', () => {
  const { exitCode, stdout, stderr } = JSON.parse(answer);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
});
