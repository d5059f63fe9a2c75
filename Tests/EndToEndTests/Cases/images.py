# What the cases make images with: entries, archives, and layouts.
import tarfile, io, json, hashlib, gzip, os, shutil
def entry(name, data=None, mode=0o644, kind=None, link='', uid=0, gid=0, pax=None):
    t = tarfile.TarInfo(name); t.mtime = 1000000000; t.mode = mode; t.uid = uid; t.gid = gid; t.linkname = link
    t.type = kind or (tarfile.DIRTYPE if data is None else tarfile.REGTYPE); t.pax_headers = pax or {}
    d = data.encode() if isinstance(data, str) else (data or b'')
    t.size = len(d) if t.isreg() else 0
    return t, d
def tar(*entries):
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode='w', format=tarfile.PAX_FORMAT) as t:
        for i, d in entries: t.addfile(i, io.BytesIO(d) if i.isreg() else None)
    return b.getvalue()
sha = lambda b: hashlib.sha256(b).hexdigest()
bb = open(shutil.which('busybox'), 'rb').read()
base = tar(entry('bin', mode=0o755), entry('bin/busybox', bb, 0o755), *[entry('bin/' + n, kind=tarfile.SYMTYPE, link='busybox') for n in ('sh', 'ls', 'cat', 'stat', 'id', 'true', 'pwd', 'env')])
def config(layers, **c):
    return json.dumps({'architecture': c.pop('arch', 'amd64'), 'os': 'linux', 'config': dict({'Env': ['PATH=/bin'], 'Cmd': ['sh']}, **c), 'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + sha(l) for l in layers]}}).encode()
def archive(path, name, layers, **c):
    k = config(layers, **c); es = [entry(sha(k) + '.json', k)]
    es += [entry('%d/layer.tar' % i, l) for i, l in enumerate(layers)]
    es += [entry('manifest.json', json.dumps([{'Config': sha(k) + '.json', 'RepoTags': [name], 'Layers': ['%d/layer.tar' % i for i in range(len(layers))]}]))]
    open(path, 'wb').write(tar(*es))
OCI = 'application/vnd.oci.image.'
class Layout:
    def __init__(s, path): s.path = path; os.makedirs(path + '/blobs/sha256')
    def blob(s, b, t, **more):
        open(s.path + '/blobs/sha256/' + sha(b), 'wb').write(b)
        return dict({'mediaType': t, 'digest': 'sha256:' + sha(b), 'size': len(b)}, **more)
    def image(s, layers, types=None, blobs=None, more=None, **c):
        m = {'schemaVersion': 2, 'mediaType': OCI + 'manifest.v1+json', 'config': s.blob(config(layers, **c), OCI + 'config.v1+json'),
             'layers': [s.blob((blobs or layers)[i], (types or [OCI + 'layer.v1.tar'] * len(layers))[i]) for i in range(len(layers))]}
        return s.blob(json.dumps(m).encode(), OCI + 'manifest.v1+json', **(more or {}))
    def index(s, ds, **more): return s.blob(json.dumps({'schemaVersion': 2, 'mediaType': OCI + 'index.v1+json', 'manifests': ds}).encode(), OCI + 'index.v1+json', **more)
    def close(s, ds):
        json.dump({'schemaVersion': 2, 'manifests': ds}, open(s.path + '/index.json', 'w')); open(s.path + '/oci-layout', 'w').write('{"imageLayoutVersion":"1.0.0"}')
named = lambda n: {'annotations': {'org.opencontainers.image.ref.name': n}}
