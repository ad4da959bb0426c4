-- Drives the language server from Neovim's own client, and prints what the editor has after each step as a line of JSON.
-- Arguments: the command, and the schema.
local command, path = vim.env.ZMODEL, vim.env.SCHEMA

local function say(step, what)
  io.stdout:write(vim.json.encode({ step = step, what = what }) .. "\n")
end

local function lines()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

-- Waits until something is so; the editor goes on meanwhile.
local function wait(what, test)
  if not vim.wait(20000, test, 20) then
    say("timeout", what)
    vim.cmd("cquit")
  end
end

vim.cmd("edit " .. vim.fn.fnameescape(path))
local client = vim.lsp.start_client({ name = "zmodel", cmd = { command, "lsp" }, root_dir = vim.fn.fnamemodify(path, ":h") })
vim.lsp.buf_attach_client(0, client)
wait("the server", function() return vim.lsp.get_client_by_id(client) and vim.lsp.get_client_by_id(client).initialized end)

local function found()
  local all = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    table.insert(all, { line = one.lnum + 1, code = one.code, severity = one.severity })
  end
  return all
end

-- What the server answers at the first place of a text, `offset` characters into it.
local function ask(method, text, offset, more)
  local row, column = unpack(vim.fn.searchpos(text, "cnw"))
  vim.api.nvim_win_set_cursor(0, { row, column - 1 + offset })
  local params = vim.tbl_extend("force", vim.lsp.util.make_position_params(0, "utf-16"), more or {})
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000) or {}
  local answer = answers[client] or {}
  return answer.result
end

wait("the mistake", function() return #found() > 0 end)
say("mistake", found())

-- The mistake is mended as a person would, in the editor's text.
vim.cmd([[%s/Strin$/String/]])
wait("no mistake", function() return #found() == 0 end)
say("mended", found())

say("hover", ask("textDocument/hover", "author\\.name", 8).contents.value)

local place = ask("textDocument/definition", "User @relation", 1)
if place[1] then place = place[1] end
say("definition", (place.range or place.targetSelectionRange).start.line + 1)

local edit = ask("textDocument/rename", "title", 1, { newName = "heading" })
vim.lsp.util.apply_workspace_edit(edit, "utf-16")
say("renamed", lines())

local format = { textDocument = vim.lsp.util.make_text_document_params(), options = { tabSize = 2, insertSpaces = true } }
local answers = vim.lsp.buf_request_sync(0, "textDocument/formatting", format, 20000)
vim.lsp.util.apply_text_edits(answers[client].result, 0, "utf-16")
say("formatted", lines())
wait("nothing wrong afterwards", function() return #found() == 0 end)

vim.lsp.stop_client(client)
wait("the server to end", function() return vim.lsp.client_is_stopped(client) end)
say("stopped", true)
vim.cmd("quitall!")
