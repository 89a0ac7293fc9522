/** moto's server: EC2 (instances, launch templates, instance types, spot prices) in memory. It proves what is sent and understood, not AWS's timing. */
import { dirname, join } from 'node:path';
import { pythonWith } from './python.js';
import { freePorts, type ServerProcess, startServer } from './server-process.js';

const REQUIREMENTS = ['moto[server,ec2]==5.2.5'];

export interface Moto extends ServerProcess {
  /** Endpoint for the AWS SDK; region and keys may be anything. */
  readonly url: string;
  readonly port: number;
  /** Forgets everything it was told. */
  reset(): Promise<void>;
}

/** Starts it, on a free port unless one is given. */
export async function startMoto(options: { port?: number } = {}): Promise<Moto> {
  const python = await pythonWith('moto', REQUIREMENTS);
  const [freePort] = await freePorts(1);
  const port = options.port ?? freePort!;
  const url = `http://127.0.0.1:${port}`;
  const running = await startServer({
    command: join(dirname(python), 'moto_server'),
    args: ['-H', '127.0.0.1', '-p', `${port}`],
    readyUrl: `${url}/moto-api/data.json`,
    readyWithinMs: 60_000,
  });
  return {
    ...running,
    url,
    port,
    reset: async () => {
      const answer = await fetch(`${url}/moto-api/reset`, { method: 'POST' });
      if (!answer.ok) throw new Error(`moto did not reset: ${answer.status}`);
    },
  };
}
