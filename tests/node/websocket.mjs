// Two requests on one socket with the WebSocket that Node and browsers have. Usage: websocket.mjs URL MODEL
const [url, model] = process.argv.slice(2);
const socket = new WebSocket(url);
const said = { a: '', b: '' };
let pong = false;
let left = 2;

socket.onopen = () => {
  for (const id of Object.keys(said)) {
    const messages = [{ role: 'user', content: `question ${id}` }];
    socket.send(JSON.stringify({ type: 'request', id, body: { model, messages } }));
  }
  socket.send(JSON.stringify({ type: 'ping' }));
};
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.type === 'event') {
    said[message.id] += message.data.choices?.[0]?.delta?.content ?? '';
  } else if (message.type === 'pong') {
    pong = true;
  } else if (message.type === 'done') {
    left -= 1;
  } else {
    console.error(data);
    process.exit(1);
  }
  if (left === 0 && pong) {
    socket.close(1000);
  }
};
socket.onclose = ({ code, wasClean }) => {
  console.log(JSON.stringify({ ...said, pong }));
  process.exit(wasClean && code === 1000 ? 0 : 1);
};
socket.onerror = (event) => {
  console.error('error', event.message ?? event.type);
  process.exit(1);
};
