/** What the functions that reach outside are given; the engine's core itself does no I/O. Synchronous: read what may be needed beforehand. */
export interface FunctionPorts {
  /** `path` as written in the expression. `problem` becomes the detail of a diagnostic, in Go's words where Atlas shows them. */
  readonly readFile: (path: string) => { readonly text: string } | { readonly problem: string };
  /** All files below a folder, as paths relative to it, with `/`. `''` is the folder of the project file. A folder that is not there has none. */
  readonly listFiles: (folder: string) => readonly string[];
  /** Undefined: not set. */
  readonly getenv: (name: string) => string | undefined;
  /** `print(v)`: the text is without its newline. */
  readonly print: (text: string) => void;
}
