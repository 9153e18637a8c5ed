/** The page's look: one column of text beside its contents, light or dark as the reader prefers. */
export const style = `
:root{color-scheme:light dark;--text:#1d2330;--soft:#5b6475;--line:#e1e5ec;--back:#fff;--panel:#f5f7fa;--link:#2457c5;--get:#0b6e4f;--post:#2457c5;--patch:#8a5a00;--put:#8a5a00;--delete:#b42318}
@media(prefers-color-scheme:dark){:root{--text:#e4e8ef;--soft:#98a2b3;--line:#2b3240;--back:#12151c;--panel:#1a1f29;--link:#8ab4ff;--get:#4fd1a1;--post:#8ab4ff;--patch:#f0b849;--put:#f0b849;--delete:#ff8a80}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;font:16px/1.6 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--text);background:var(--back);display:grid;grid-template-columns:19rem minmax(0,1fr)}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
nav{position:sticky;top:0;align-self:start;height:100vh;overflow:auto;padding:1.75rem 1.25rem;border-right:1px solid var(--line);background:var(--panel);font-size:.875rem;line-height:1.45}
nav strong{display:block;font-size:1.15rem;margin-bottom:1rem}nav h2{all:unset;display:block;margin:1.25rem 0 .35rem;font-weight:600;color:var(--soft);font-size:.75rem;text-transform:uppercase;letter-spacing:.05em}
nav ul{list-style:none;margin:0;padding:0}nav li a{display:flex;gap:.5rem;padding:.2rem .4rem;border-radius:5px;color:var(--text);overflow-wrap:anywhere}nav li a:hover{background:var(--line);text-decoration:none}
nav b{flex:0 0 3rem;font-size:.65rem;line-height:1.8}
main{max-width:54rem;width:100%;padding:2.5rem 2.5rem 6rem;justify-self:center}
h1{font-size:2.1rem;line-height:1.2;margin:0 0 .5rem;letter-spacing:-.02em}
h2{font-size:1.45rem;margin:3.5rem 0 1rem;padding-bottom:.4rem;border-bottom:1px solid var(--line);letter-spacing:-.01em}
h3{font-size:1.1rem;margin:2rem 0 .5rem}h4{font-size:.8rem;margin:1.4rem 0 .4rem;color:var(--soft);text-transform:uppercase;letter-spacing:.05em}h4 code{text-transform:none;letter-spacing:0}
.lead{font-size:1.1rem;color:var(--soft);margin:0 0 1rem}
.operation{padding:.5rem 0 2rem;border-bottom:1px solid var(--line)}.anchor{color:inherit}.anchor::after{content:" #";color:var(--soft);opacity:0}.anchor:hover::after{opacity:1}
.address{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.5rem .8rem;overflow-wrap:anywhere}.address code{background:none;padding:0}.id{float:right;color:var(--soft);font-size:.85rem}
b{font-size:.8rem;font-weight:700;letter-spacing:.03em}.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.patch{color:var(--patch)}.delete{color:var(--delete)}
code{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--panel);border-radius:4px;padding:.1em .3em;overflow-wrap:anywhere}
pre{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;overflow:auto;margin:.5rem 0;max-height:28rem}pre code{background:none;padding:0;overflow-wrap:normal}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.925rem}th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line);font-weight:400}
th[scope=row]{width:14rem}th[scope=col]{font-weight:600}td p{margin:.15rem 0 0;color:var(--soft)}i{font-style:normal;color:var(--soft);font-size:.85em}.pattern{color:var(--soft);font-size:.75em}
dt{font-weight:600;margin-top:.6rem}dd{margin:0}.errors{list-style:none;display:flex;flex-wrap:wrap;gap:.4rem;padding:0;margin:0;font-size:.85rem}.errors li a{display:block;border:1px solid var(--line);border-radius:6px;padding:.1rem .5rem;color:var(--text)}
tr:target,h4:target{background:color-mix(in srgb,var(--link) 12%,transparent)}
@media(max-width:60rem){body{display:block}nav{position:static;height:auto;max-height:40vh;border-right:0;border-bottom:1px solid var(--line)}main{padding:1.5rem 1rem 4rem}.id{float:none;display:block}th[scope=row]{width:auto}}
@media print{nav{display:none}body{display:block}}`;
