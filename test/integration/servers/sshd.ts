/** A real OpenSSH server on loopback, with keys and configuration of its own. Debian's package is installed when it is absent. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { exec, startProcess } from '../../../src/backends/shared/exec.js';
import { withLock } from './python.js';
import { freePorts, pause } from './server-process.js';

const SSHD = '/usr/sbin/sshd';
const INSTALL_TIMEOUT_MS = 600_000;
const READY_WITHIN_MS = 20_000;

export interface Sshd {
  /** Name of the host in `configPath`. */
  readonly host: string;
  /** A client configuration in which `host`, and any other name, is this server. */
  readonly configPath: string;
  /** Folder of the server, with nothing of the host's in it. */
  readonly folder: string;
  stop(): Promise<void>;
}

export async function startSshd(): Promise<Sshd> {
  if (!existsSync(SSHD)) await install();
  const folder = mkdtempSync(join(tmpdir(), 'infer-plan-sshd-'));
  const [port] = await freePorts(1);
  for (const key of ['host-key', 'user-key']) {
    await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)], { timeoutMs: 20_000 });
  }
  mkdirSync('/run/sshd', { recursive: true });
  const serverConfig = join(folder, 'sshd_config');
  writeFileSync(
    serverConfig,
    `ListenAddress 127.0.0.1
Port ${port}
HostKey ${join(folder, 'host-key')}
AuthorizedKeysFile ${join(folder, 'user-key.pub')}
PidFile none
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
`,
  );
  const configPath = join(folder, 'ssh_config');
  writeFileSync(
    configPath,
    `Host *
  HostName 127.0.0.1
  Port ${port}
  User ${userInfo().username}
  IdentityFile ${join(folder, 'user-key')}
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile ${join(folder, 'known_hosts')}
  LogLevel ERROR
`,
  );
  const server = await startProcess(SSHD, ['-D', '-e', '-f', serverConfig]);
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while (!(await isListening(port!))) {
    if (performance.now() > deadlineMs) {
      const wrote = server.output();
      await stop();
      throw new Error(`sshd does not listen after ${READY_WITHIN_MS} ms; it wrote:\n${wrote}`);
    }
    await pause(50);
  }
  return { host: 'loopback', configPath, folder, stop };
}

async function install(): Promise<void> {
  await withLock(join(tmpdir(), 'infer-plan-apt.lock'), async () => {
    if (existsSync(SSHD)) return;
    const options = { timeoutMs: INSTALL_TIMEOUT_MS };
    await exec('apt-get', ['update', '-q'], options);
    // What the package would start by itself stays off.
    const quiet = ['-q', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
    await exec(
      'env',
      ['DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', 'install', ...quiet, 'openssh-server'],
      options,
    );
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
