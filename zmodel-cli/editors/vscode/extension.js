// Starts `zmodel lsp` and leaves everything else to it.

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function start() {
  const command = workspace.getConfiguration("zmodel").get("server.path") || "zmodel";
  client = new LanguageClient(
    "zmodel",
    "zmodel",
    { command, args: ["lsp"] },
    { documentSelector: [{ language: "zmodel" }] },
  );
  return client.start().catch((error) => {
    window.showErrorMessage(
      `${command} did not start: ${error.message ?? error}. Install it, or set zmodel.server.path.`,
    );
  });
}

async function stop() {
  const running = client;
  client = undefined;
  if (running?.needsStop()) {
    await running.stop();
  }
}

async function restart() {
  await stop();
  await start();
}

exports.activate = async (context) => {
  context.subscriptions.push(
    commands.registerCommand("zmodel.restart", restart),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("zmodel.server.path")) {
        return restart();
      }
    }),
  );
  await start();
};

exports.deactivate = stop;
