import { resolve } from 'node:path';

/** What a command may touch of the world around it. Results go to `stdout`, progress and warnings to `stderr`. */
export interface CliIo {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Folder that relative paths on the command line start from. */
  readonly cwd: string;
  /** Whether standard output is a terminal: only then are tables drawn. */
  readonly isTerminal: boolean;
  /** Whether standard output may be coloured; never true when it is not a terminal. */
  readonly color: boolean;
  /** Characters of a line of standard output. */
  readonly columns: number;
  /** Ends this process when its event loop hangs, until the function that it returns is called. */
  readonly watchLoop?: () => () => void;
  /** The environment's token of ports (`TOKEN_VARIABLE`), as it stands there; absent when there is none. */
  readonly token?: string;
  /** Shows one line of progress in place of the last, on a terminal only; '' takes it away. */
  progress(line: string): void;
  /** Asks the user a question and waits for the line typed; absent when nobody sits at a terminal. */
  ask?(question: string): Promise<string>;
  /** Milliseconds since some fixed instant. */
  nowMs(): number;
  /** From now on a refusal of standard output is told, and does not end the process. */
  surviveRefusedOutput?(tell: (error: unknown) => void): void;
  /** Lets the process attend to signals. */
  breathe(): Promise<void>;
  /** From now until `release`, Ctrl-C or SIGTERM sets `isAsked` instead of ending the process; a second one ends it. */
  catchInterrupt(): Interrupt;
  /** A terminal that can be drawn on again and again; absent when standard output is none. */
  openScreen?(): Promise<Screen>;
  /** Sets the exit code of a command that has done its work: 3 when the objective is not met (`EXIT`). */
  setExitCode(code: number): void;
}

/** How reports are shown on standard output. */
export function reportStyle({ isTerminal, color, columns }: CliIo) {
  return { terminal: isTerminal, color, columns };
}

export interface Interrupt {
  readonly isAsked: boolean;
  /** Resolves when it is. */
  readonly asked: Promise<void>;
  release(): void;
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** Draws over what was drawn last. */
  draw(text: string): void;
  /** What was drawn last stays, and the cursor goes below it. */
  close(): void;
}

/** A path from the command line, as files/ opens it. */
export function pathFrom(io: CliIo, path: string): string {
  return resolve(io.cwd, path);
}
